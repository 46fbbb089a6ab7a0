import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID } from "../meta/meta-body.ts";
import { whatsappAddresses, type WhatsappContacts } from "./whatsapp-contacts.ts";
import { whatsappContent } from "./whatsapp-content.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const ADDRESS = META_ID.optional().catch(undefined);
const ECHO = z.looseObject(
  {
    id: META_ID,
    to: ADDRESS,
    to_user_id: ADDRESS,
    type: z.string({ error: 'must be the kind of the message, such as "text"' }),
    timestamp: z.unknown().optional(),
    group_id: z.unknown().optional(),
  },
  { error: "must be an object with id, to and type" },
);

/** What an agent does without writing anything: a reaction, a change of an earlier message, a notice of WhatsApp. */
const NOT_WRITTEN = new Set(["reaction", "edit", "revoke", "system"]);

export interface EchoContext {
  receivedAt: Date;
  contacts: WhatsappContacts;
  place: string;
}

/** One item of `message_echoes[]`: a message from the business's own phone. Our own sends do not come back this way. */
export function whatsappEcho(item: unknown, { receivedAt, contacts, place }: EchoContext): InboundEvent {
  const parsed = ECHO.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const { id, to, to_user_id: userId, type, timestamp, group_id: group } = parsed.data;
  if (NOT_WRITTEN.has(type)) return ignoreEvent(`echo.${type}`);
  if (group !== undefined && group !== null) return ignoreEvent("echo.group_message");
  const addresses = whatsappAddresses({ phone: to, userId }, contacts);
  if (addresses === null)
    return { kind: "invalid", problems: [{ field: `${place}.to`, message: NO_ADDRESS }] };
  const { from, ...aliases } = addresses;
  const content = whatsappContent(parsed.data);
  // Content that we cannot read is an agent's reply too: the assistant has to be silent in any case.
  const { text, media } = content.kind === "content" ? content : { text: "", media: [] };
  return {
    kind: "agent_reply",
    providerMessageId: id,
    to: from,
    ...aliases,
    text,
    ...(media.length === 0 ? {} : { media }),
    providerTime: whatsappTime(timestamp, receivedAt),
  };
}

const NO_ADDRESS = "must be there, or to_user_id must be a business-scoped user id such as US.1a2B3c";
