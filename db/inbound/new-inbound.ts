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
  /** The keyword that is the whole text. */
  keyword: "stop" | "start" | "help" | "agent" | "yes" | null;
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
  /** Set for a message that a page of ours shows: it is also an entry of the conversation's stream. */
  appendToStream?: true;
}
