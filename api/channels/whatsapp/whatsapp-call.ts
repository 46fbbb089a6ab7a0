import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID } from "../meta/meta-body.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { whatsappAddresses } from "./whatsapp-contacts.ts";
import { NO_ADDRESS, type MessageContext } from "./whatsapp-message.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const ADDRESS = META_ID.optional().catch(undefined);
const CALL = z.looseObject(
  {
    id: META_ID,
    from: ADDRESS,
    from_user_id: ADDRESS,
    event: z.string({ error: 'must be what happened, such as "connect"' }),
    direction: z.string().optional().catch(undefined),
    timestamp: z.unknown().optional(),
  },
  { error: "must be an object with id and event" },
);

/** One item of `calls[]`. The contact lets a phone ring that no one of Parley takes, so an agent is asked to join the chat. */
export function whatsappCall(item: unknown, { receivedAt, contacts, place }: MessageContext): InboundEvent {
  const parsed = CALL.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const { id, from: phone, from_user_id: userId, event, direction, timestamp } = parsed.data;
  if (event !== "connect") return ignoreEvent(event === "terminate" ? "calls.terminate" : "calls.other");
  if (direction === "BUSINESS_INITIATED") return ignoreEvent("calls.own");
  const addresses = whatsappAddresses({ phone, userId }, contacts);
  if (addresses === null)
    return { kind: "invalid", problems: [{ field: `${place}.from`, message: NO_ADDRESS }] };
  return {
    kind: "message",
    providerMessageId: id,
    ...addresses,
    text: formatPlaceholder("call"),
    origin: "placeholder",
    treatment: "hand_over",
    providerTime: whatsappTime(timestamp, receivedAt),
  };
}
