import { z } from "zod";
import { playFaults } from "./play-faults.ts";
import type { Scene } from "../under-load.ts";

const PAGE = z.object({
  requests: z.array(z.object({ path: z.string(), body: z.unknown() })),
  next: z.number(),
});
/** The step waits so long for its embedding, which is time to end its process in. */
const EMBEDDING_MS = 800;
const LOOK_EVERY_MS = 25;

export const PROCESS_ENDED = "a process ended by a message";

/** Ends the worker each time that it works on one message, which it is known by in the model's log, until it is told to stop. */
export async function endByMessage(
  { faultStack: { stack }, faults }: Scene,
  { marker, until }: { marker: string; until: () => Promise<boolean> },
): Promise<void> {
  const { openai } = stack.urls;
  const slow = [{ match: { path: "/v1/embeddings" }, times: null, fault: { delay_ms: EMBEDDING_MS } }];
  await playFaults(openai, slow);
  let since = PAGE.parse(await (await fetch(`${openai}/__control/log`)).json()).next;
  while (!(await until())) {
    const page = PAGE.parse(await (await fetch(`${openai}/__control/log?since=${since}`)).json());
    since = page.next;
    const isIt = page.requests.some(
      ({ path, body }) => path.endsWith("/embeddings") && JSON.stringify(body).includes(marker),
    );
    if (isIt) {
      await stack.end("worker", "SIGKILL");
      faults.fired(PROCESS_ENDED);
      await stack.restart("worker");
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  await playFaults(openai, []);
}
