import { z } from "zod";
import type { InboundMessage } from "../channel.ts";
import type { WebhookContext } from "./webhook-body.ts";
import { CAPTION, FROM, ORIGIN, TEXT, THREAD } from "./webhook-fields.ts";
import { MEDIA } from "./webhook-media.ts";
import { webhookTime } from "./webhook-time.ts";

const MESSAGE = z.looseObject(
  {
    from: FROM,
    text: TEXT,
    sent_at: z.iso
      .datetime({ offset: true, error: "must be an ISO 8601 time such as 2026-11-23T10:00:00Z" })
      // PostgreSQL has no year 0. (A value that is not a time is reported already.)
      .refine((time) => !(Date.parse(time) < 0), "must be a time after 1970")
      .meta({ description: "when the contact sent it; it orders the messages" })
      .optional(),
    sequence: z
      .int({ error: "must be a whole number that grows with each message of the conversation" })
      .min(0, "must be 0 or more")
      .optional(),
    thread: THREAD,
    media: MEDIA.optional(),
    origin: ORIGIN,
  },
  { error: "must be an object with from and text" },
);
const MEDIA_MESSAGE = MESSAGE.extend({ text: CAPTION, media: MEDIA.min(1) });
/** For the document: with media, the text may be left out. */
export const MESSAGE_DATA = z.union([MESSAGE, MEDIA_MESSAGE]);

/** The data of `message.received`. The rule for the text depends on whether the message has media. */
export function webhookMessage(
  data: unknown,
  { id, receivedAt }: WebhookContext,
): z.ZodSafeParseResult<InboundMessage> {
  const schema = hasMedia(data) ? MEDIA_MESSAGE : MESSAGE;
  return schema
    .transform(({ from, text, sent_at: sentAt, sequence, thread, media, origin }): InboundMessage => ({
      kind: "message",
      providerMessageId: id,
      from,
      text,
      origin: origin ?? (media === undefined ? "typed" : "caption"),
      providerTime: webhookTime(sentAt, receivedAt),
      ...(sequence === undefined ? {} : { providerSequence: sequence }),
      ...(thread === undefined ? {} : { thread }),
      ...(media === undefined ? {} : { media }),
    }))
    .safeParse(data);
}

function hasMedia(data: unknown): boolean {
  const isObject = typeof data === "object" && data !== null && "media" in data;
  return isObject && Array.isArray(data.media) && data.media.length > 0;
}
