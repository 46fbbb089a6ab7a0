/** What the ingress knows about the arrival of an inbound event, besides the event itself. */
export interface ReceiptContext {
  /** By the clock of this process. */
  receivedAt: Date;
  /** How long the message's workflow waits for more messages of the same contact. */
  quietMs: number;
  /** When an event arrived that comes out of the spool: by the database's clock, as it was estimated then. */
  arrivedAt?: Date;
}
