import { z } from "zod";
import { isWhatsappUserId } from "../../../infra/runtime/whatsapp-user-id.ts";
import type { InboundEvent } from "../channel.ts";
import { ignored, invalidItem, META_ID } from "../meta/meta-body.ts";
import { whatsappContent } from "./whatsapp-content.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const MESSAGE = z
  .looseObject(
    {
      id: META_ID,
      type: z.string({ error: 'must be the kind of the message, such as "text"' }),
      timestamp: z.unknown(),
      from: META_ID.optional(),
      from_user_id: META_ID.optional(),
      group_id: z.unknown(),
    },
    { error: "must be an object with id and type" },
  )
  .refine(({ from, from_user_id: userId }) => from !== undefined || isWhatsappUserId(userId ?? ""), {
    path: ["from"],
    message: "must be there, or from_user_id must be a business-scoped user id such as US.1a2B3c",
  });
type Message = z.infer<typeof MESSAGE>;

const TARGET = z.looseObject({ original_message_id: META_ID });
const EDIT = z.looseObject({
  original_message_id: META_ID,
  message: z.looseObject({ type: z.string() }),
});

export interface MessageContext {
  receivedAt: Date;
  /** The business's number as people see it, with or without signs between its digits. */
  ownNumber: string;
  /** Where in the body the message stands. */
  place: string;
}

/** One of `messages[]`: what a person wrote, changed, took back, or something that is not for us. */
export function whatsappMessage(
  item: unknown,
  { receivedAt, ownNumber, place }: MessageContext,
): InboundEvent {
  const parsed = MESSAGE.safeParse(item);
  if (!parsed.success) return invalidItem(parsed.error, place);
  const message = parsed.data;
  // Answered to the writer alone, what was said in a group would be out of place.
  if (message.group_id !== undefined) return ignored("group_message");
  if (message.from !== undefined && message.from === ownNumber.replace(/\D/g, "")) return ignored("echo");
  const providerTime = whatsappTime(message.timestamp, receivedAt);
  if (message.type === "edit") return editOf(message, providerTime);
  if (message.type === "revoke") return deleteOf(message, providerTime);
  const content = whatsappContent(message);
  if (content.kind === "ignored") return content;
  if (content.kind === "broken") return invalidItem(content.error, `${place}.${message.type}`);
  const { text, media } = content;
  if (text === "" && media.length === 0) return ignored("empty");
  return {
    kind: "message",
    providerMessageId: message.id,
    ...addressesOf(message),
    text,
    media,
    providerTime,
  };
}

/**
 * The business-scoped id comes first: a phone number may be hidden one day and be somebody else's the next. Both are told where
 * both are there, so that one person does not become two.
 */
function addressesOf({ from, from_user_id: userId = "" }: Message): { from: string; aliases?: string[] } {
  if (!isWhatsappUserId(userId)) return { from: from ?? userId };
  return from === undefined ? { from: userId } : { from: userId, aliases: [from] };
}

/** Only businesses that also use WhatsApp's own app are told of edits and revokes; a shape that we do not know is left alone. */
function editOf(message: Message, providerTime: Date | null): InboundEvent {
  const edit = EDIT.safeParse(message.edit);
  const content = edit.success ? whatsappContent(edit.data.message) : null;
  if (!edit.success || content?.kind !== "content") return ignored("edit");
  const { from } = addressesOf(message);
  const targetMessageId = edit.data.original_message_id;
  return { kind: "edit", changeId: message.id, from, targetMessageId, text: content.text, providerTime };
}

function deleteOf(message: Message, providerTime: Date | null): InboundEvent {
  const revoke = TARGET.safeParse(message.revoke);
  if (!revoke.success) return ignored("revoke");
  const { from } = addressesOf(message);
  const targetMessageId = revoke.data.original_message_id;
  return { kind: "delete", changeId: message.id, from, targetMessageId, text: "", providerTime };
}
