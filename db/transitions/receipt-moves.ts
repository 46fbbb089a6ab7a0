import type { Move } from "./move.ts";

/** From the least to the furthest. A vendor that reports a delivery after a failure has delivered the part. */
const RECEIPT_ORDER = ["none", "sent", "failed", "delivered", "read"] as const;
type ReceiptState = (typeof RECEIPT_ORDER)[number];

const REASONS: Readonly<Record<ReceiptState, { by: readonly string[]; why: string }>> = {
  none: {
    by: ["recordReply", "openOutboundTurn", "splitDelivery"],
    why: "The part is written before any send.",
  },
  sent: { by: ["storeReceipt", "applyReceipts"], why: "The vendor passed the part on." },
  failed: {
    by: ["storeReceipt", "applyReceipts"],
    why: "The vendor accepted the part and could not deliver it. After `delivered` such a receipt is wrong and changes nothing.",
  },
  delivered: {
    by: ["storeReceipt", "applyReceipts", "applyWatermark"],
    why: "The part reached the device of the contact.",
  },
  read: { by: ["storeReceipt", "applyReceipts", "applyWatermark"], why: "The contact read the part." },
};

/** `deliveries.receipt`, where null is `none`: the furthest state among all receipts of the part. It never moves back. */
export const RECEIPT_MOVES: readonly Move<ReceiptState>[] = RECEIPT_ORDER.map((to, rank) => ({
  from: RECEIPT_ORDER.slice(0, rank),
  to,
  ...REASONS[to],
}));

/** The rank of a state is the number of states that it may follow. */
export const RECEIPT_RANKS = RECEIPT_MOVES.map(({ from, to }) => ({ state: to, rank: from.length }));
