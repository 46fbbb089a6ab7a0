import { z } from "zod";
import { markersIn } from "../load/marker.ts";
import type { ModelCall } from "./ledger.ts";

const PAGE = z.object({
  requests: z.array(
    z.object({
      seq: z.number(),
      time: z.iso.datetime(),
      path: z.string(),
      peerPort: z.number(),
      body: z.unknown(),
      status: z.union([z.number(), z.literal("cut"), z.literal("dropped")]),
    }),
  ),
  next: z.number(),
});
const PROMPT = z.looseObject({ input: z.array(z.looseObject({ content: z.string() })) });
/** What the prompt has in place of a message that the contact deleted during its turn. */
const DELETED = "(message taken back)";
const POLL_EVERY_MS = 1_000;

/** Reads the log of the fake model continuously, because the fake keeps it in memory and campaigns kill the fake. */
export function followModelLog(url: string) {
  const calls: ModelCall[] = [];
  let since = 0;
  let polling: Promise<void> = Promise.resolve();
  const poll = async () => {
    const response = await fetch(`${url}/__control/log?since=${since}`, {
      signal: AbortSignal.timeout(5_000),
    });
    const { requests, next } = PAGE.parse(await response.json());
    // The fake was restarted and counts from one.
    if (next < since) {
      since = 0;
      return;
    }
    since = next;
    calls.push(...requests.flatMap(callOf));
  };
  const pollNext = () => (polling = polling.then(poll).catch(() => undefined));
  const timer = setInterval(() => void pollNext(), POLL_EVERY_MS);
  return {
    calls,
    /** Reads the requests since the last poll. */
    poll: pollNext,
    async close(): Promise<void> {
      clearInterval(timer);
      await polling;
    },
  };
}

function callOf({
  path,
  peerPort,
  time,
  status,
  body,
}: z.infer<typeof PAGE>["requests"][number]): ModelCall[] {
  const prompt = PROMPT.safeParse(body);
  if (!path.endsWith("/responses") || !prompt.success) return [];
  const markers = prompt.data.input.flatMap(({ content }) => markersIn(content));
  const hasDeletion = prompt.data.input.some(({ content }) => content.includes(DELETED));
  return [{ at: Date.parse(time), peerPort, status, markers, hasDeletion }];
}
