/** What a contact does, and what an agent does in the conversation of the contact. */
export type Deed = "write" | "stop" | "start" | "press" | "edit" | "delete" | AgentDeed | HarnessDeed;

/** What an agent does through the REST API. The last two concern the whole account. */
const AGENT_DEEDS = [
  "take_over",
  "hand_back",
  "pause",
  "resume",
  "link",
  "pause_account",
  "resume_account",
] as const;
export type AgentDeed = (typeof AGENT_DEEDS)[number];

/** The harness moves the last message of the contact out of the reply window, or reports receipts as the vendor does. */
export type HarnessDeed = "close_window" | "report_receipts";

/** These deeds are inbound messages with a row of their own. The others change a message or a conversation. */
const MESSAGES: ReadonlySet<Deed> = new Set(["write", "stop", "start", "press"]);

export function isMessage(deed: Deed = "write"): boolean {
  return MESSAGES.has(deed);
}

export function isOfAgent(deed: Deed = "write"): deed is AgentDeed {
  return AGENT_DEEDS.some((each) => each === deed);
}

/** Whether a deed concerns one of these addresses. The pause of an account concerns all contacts of its channel. */
export function concerns(
  deed: { does: Deed; channel: string; addresses: readonly string[] },
  { channel, addresses }: { channel: string; addresses: readonly string[] },
): boolean {
  if (deed.channel !== channel) return false;
  const isOfAccount = deed.does === "pause_account" || deed.does === "resume_account";
  return isOfAccount || addresses.some((address) => deed.addresses.includes(address));
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
