/** What a contact does, and what an agent does in the conversation of the contact. */
export type Deed = "write" | "stop" | "start" | "press" | "edit" | "delete" | "take_over" | "hand_back";

/** These deeds are inbound messages with a row of their own. The others change a message or a conversation. */
const MESSAGES: ReadonlySet<Deed> = new Set(["write", "stop", "start", "press"]);

export function isMessage(deed: Deed = "write"): boolean {
  return MESSAGES.has(deed);
}

/** An agent acts through the REST API. */
export function isOfAgent(deed: Deed = "write"): boolean {
  return deed === "take_over" || deed === "hand_back";
}

export type MessageShape =
  /** A message in a Telegram group: the reply goes to the chat. */
  | { kind: "group"; chat: string }
  /** A WhatsApp message with the phone number of the contact, the business-scoped user id, or both. */
  | { kind: "whatsapp_ids"; phone: string | null; userId: string | null };

/** The addresses at which a reply to this message may arrive. */
export function replyAddresses({ from, shape }: { from: string; shape?: MessageShape }): string[] {
  if (shape === undefined) return [from];
  if (shape.kind === "group") return [shape.chat];
  return [shape.phone, shape.userId].filter((address) => address !== null);
}

/** A deed as the loader saw it. Times are in ms. */
export interface DoneDeed {
  does: Exclude<Deed, "write" | "press">;
  channel: string;
  addresses: readonly string[];
  /** The message that it changes, or its own message. */
  providerMessageId: string | null;
  beganAt: number;
  acknowledgedAt: number | null;
}
