/** What the ingress knows about the arrival of an inbound event, besides the event itself. */
export interface ReceiptContext {
  receivedAt: Date;
  /** How long the message's workflow waits for more messages of the same contact. */
  quietMs: number;
  /** The message ids of this channel contain the contact's address, so they must not appear in a workflow id. */
  messageIdHoldsAddress?: boolean;
  /** The event comes out of the spool. It stays there until Postgres has it: inlining it in a workflow start would break the order. */
  isSpooled?: boolean;
}
