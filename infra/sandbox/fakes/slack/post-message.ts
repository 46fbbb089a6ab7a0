import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import type { SentMessages } from "../server/sent-messages.ts";
import { slackError, slackOk } from "./slack-response.ts";
import { channelOf, refuseChannel } from "./slack-channel.ts";
import { formatPost } from "./format-post.ts";
import { unescapeText } from "./slack-text.ts";

/** Slack cuts longer texts without an error. */
const MAX_CHARACTERS = 40_000;

/** A form has its objects as JSON. */
const METADATA = z.preprocess(
  (value) => (typeof value === "string" ? parseJson(value) : value),
  z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }),
);
const FIELDS = z
  .looseObject({
    channel: z.unknown().optional(),
    text: z.string().catch(""),
    thread_ts: z.string().optional(),
    metadata: METADATA.optional(),
  })
  .catch({ text: "" });

/** Checks a post as Slack does, stores it and returns it. */
export function postMessage(
  { store, nextTs }: { store: SentMessages; nextTs: () => string },
  { body }: RoutedRequest,
): FakeResponse {
  const { channel: named, text, ...details } = FIELDS.parse(body);
  const channel = channelOf(named);
  const refusal = refuseChannel(store, channel);
  if (refusal !== null) return refusal;
  if (store.isMarked("archived", channel)) return slackError("is_archived");
  if (store.isMarked("not-in-channel", channel)) return slackError("not_in_channel");
  if (text.trim() === "") return slackError("no_text");
  const ts = nextTs();
  const shown = unescapeText(text.slice(0, MAX_CHARACTERS));
  const post = store.accept({ id: `${channel}:${ts}`, to: channel, text: shown, details });
  return slackOk({ channel, ts, message: formatPost(post, { withMetadata: true }) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
