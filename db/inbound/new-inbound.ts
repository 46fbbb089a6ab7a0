/**
 * What a contact asks for by writing it. "maybe_stop" leads to the question whether we shall stop. "yes" subscribes a contact again who has
 * opted out; "yes", "agreement" and "refusal" also answer our question. Otherwise these three are ordinary messages.
 */
export type ConsentRequest =
  | "stop"
  | "maybe_stop"
  | "start"
  | "help"
  | "agent"
  | "yes"
  | "agreement"
  | "refusal";

/** How a message in a shared place was meant, as far as its vendor says. */
export interface SharedPlace {
  /** A thread may belong to one contact and the assistant; in a group others always write too. */
  kind: "thread" | "group";
  /** It names the assistant, is a command or presses its button. */
  isNamed: boolean;
  /** It replies to a message of the assistant. In a thread: to the message that began it. */
  repliesToUs?: true;
  /** The provider's id of the message that it replies to, where the vendor does not say who wrote that one. */
  repliesTo?: string;
  /** The address of the contact whose message it replies to. */
  repliesToContact?: string;
  /** It names other participants, or another participant began the thread. */
  namesOthers?: true;
}

/** A message of a contact, as an ingress stores it. */
export interface NewInbound {
  tenantId: string;
  channel: string;
  accountId: string;
  providerMessageId: string;
  workflowId: string;
  from: string;
  aliases?: readonly string[];
  thread: string;
  text: string;
  /** Characters after the channel's limit, which are not in `text`. */
  cutCharacters?: number;
  /** References to its attachments, as JSON; absent where it has none. */
  media?: string;
  /** What the words ask for, as `api/consent/` reads them. */
  keyword: ConsentRequest | null;
  /** The word as which the carrier has read the text and answered it. */
  carrierWord?: "stop" | "start" | "help";
  providerTime: Date | null;
  providerSequence: number | null;
  /**
   * When it arrived, where it has waited outside of Postgres since: by the database's clock, as the ingress estimates it. Null: it arrives
   * now.
   */
  arrivedAt: Date | null;
  /** How long the turn waits for more messages, ms. Counted from the storing, by the database's clock. */
  quietMs: number;
  /** What its turn does instead of an answer, where it has no words for a model. Absent: it is answered. */
  treatment?: "explain" | "hand_over";
  /** The reason why a message needs no answer (a reaction). The message is stored as suppressed. */
  suppressed?: string;
  /** Set in a place where others read and write too. */
  shared?: SharedPlace;
  /** False: it does not name the assistant, and needs no answer where other participants write in its thread. */
  isAddressed?: false;
  /** Set for a message that a page of ours shows: it is also an entry of the conversation's stream. */
  appendToStream?: true;
}
