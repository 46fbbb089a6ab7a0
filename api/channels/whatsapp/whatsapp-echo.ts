import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID } from "../meta/meta-body.ts";
import { whatsappContent } from "./whatsapp-content.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const ECHO = z.looseObject(
  {
    id: META_ID,
    to: META_ID,
    type: z.string({ error: 'must be the kind of the message, such as "text"' }),
    timestamp: z.unknown().optional(),
  },
  { error: "must be an object with id, to and type" },
);

/** One item of `message_echoes[]`: a message from the business's own phone. Our own sends do not come back this way. */
export function whatsappEcho(
  item: unknown,
  { receivedAt, place }: { receivedAt: Date; place: string },
): InboundEvent {
  const parsed = ECHO.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const { id, to, timestamp } = parsed.data;
  const content = whatsappContent(parsed.data);
  if (content.kind === "ignored") return ignoreEvent(`echo.${content.what}`);
  // Unreadable content still counts as an agent's reply: the assistant has to be silent in any case.
  const text = content.kind === "content" ? content.text : "";
  return {
    kind: "agent_reply",
    providerMessageId: id,
    to,
    text,
    providerTime: whatsappTime(timestamp, receivedAt),
  };
}
