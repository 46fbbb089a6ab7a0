import { z } from "zod";
import type { InboundEvent, InboundMessage } from "../channel.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID } from "../meta/meta-body.ts";
import { markForwarded } from "../placeholder.ts";
import { whatsappContent } from "./whatsapp-content.ts";
import { whatsappAddresses, type WhatsappContacts } from "./whatsapp-contacts.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const ADDRESS = META_ID.optional().catch(undefined);
/** WhatsApp marks a forwarded message and does not name its writer. */
const CONTEXT = z
  .looseObject({ forwarded: z.unknown().optional(), frequently_forwarded: z.unknown().optional() })
  .optional()
  .catch(undefined);
const MESSAGE = z.looseObject(
  {
    id: META_ID,
    type: z.string({ error: 'must be the kind of the message, such as "text"' }),
    timestamp: z.unknown().optional(),
    from: ADDRESS,
    from_user_id: ADDRESS,
    group_id: z.unknown().optional(),
    context: CONTEXT,
  },
  { error: "must be an object with id and type" },
);
type Message = z.infer<typeof MESSAGE>;
type Addresses = Pick<InboundMessage, "from" | "aliases">;

const TARGET = z.looseObject({ original_message_id: META_ID });
const EDIT = z.looseObject({
  original_message_id: META_ID,
  message: z.looseObject({ type: z.string() }),
});

export interface MessageContext {
  receivedAt: Date;
  /** The business's number in its display form, with or without signs between its digits. */
  ownNumber: string;
  contacts: WhatsappContacts;
  /** The path of the message in the body. */
  place: string;
}

/** One item of `messages[]`: a message that a contact wrote, edited or deleted, or an item that is ignored. */
export function whatsappMessage(
  item: unknown,
  { receivedAt, ownNumber, contacts, place }: MessageContext,
): InboundEvent {
  const parsed = MESSAGE.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const message = parsed.data;
  const addresses = whatsappAddresses({ phone: message.from, userId: message.from_user_id }, contacts);
  if (addresses === null)
    return { kind: "invalid", problems: [{ field: `${place}.from`, message: NO_ADDRESS }] };
  // A reply would go to the writer alone, which is wrong for a message in a group.
  if (message.group_id !== undefined && message.group_id !== null) return ignoreEvent("group_message");
  if (message.from !== undefined && message.from === ownNumber.replace(/\D/g, "")) return ignoreEvent("echo");
  const providerTime = whatsappTime(message.timestamp, receivedAt);
  if (message.type === "edit") return editOf(message, addresses, providerTime);
  if (message.type === "revoke") return deleteOf(message, addresses, providerTime);
  const content = whatsappContent(message);
  if (content.kind === "ignored") return content;
  if (content.kind === "broken") return toInvalidEvent(content.error, `${place}.${message.type}`);
  const { kind: _kind, ...read } = content;
  const { context } = message;
  const isForwarded = context?.forwarded === true || context?.frequently_forwarded === true;
  const words = isForwarded ? markForwarded(read) : {};
  return { kind: "message", providerMessageId: message.id, ...addresses, ...read, ...words, providerTime };
}

export const NO_ADDRESS =
  "must be there, or from_user_id must be a business-scoped user id such as US.1a2B3c";

/** Only businesses that also use WhatsApp's own app receive edits and revokes. An unknown shape is ignored. */
function editOf(message: Message, addresses: Addresses, providerTime: Date | null): InboundEvent {
  const edit = EDIT.safeParse(message.edit);
  const content = edit.success ? whatsappContent(edit.data.message) : null;
  if (!edit.success || content?.kind !== "content") return ignoreEvent("edit");
  const targetMessageId = edit.data.original_message_id;
  const { text } = content;
  return { kind: "edit", changeId: message.id, ...addresses, targetMessageId, text, providerTime };
}

function deleteOf(message: Message, addresses: Addresses, providerTime: Date | null): InboundEvent {
  const revoke = TARGET.safeParse(message.revoke);
  if (!revoke.success) return ignoreEvent("revoke");
  const targetMessageId = revoke.data.original_message_id;
  return { kind: "delete", changeId: message.id, ...addresses, targetMessageId, text: "", providerTime };
}
