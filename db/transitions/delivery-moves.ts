import type { deliveries } from "../schema/deliveries.ts";
import type { MoveTable } from "./move.ts";

type DeliveryState = (typeof deliveries.$inferSelect)["state"];

/** `deliveries.state`: the send of one reply part. */
export const DELIVERY_MOVES = {
  record: {
    from: [],
    to: "intended",
    by: ["recordReply", "openOutboundTurn", "splitDelivery"],
    why: "The part is written before any send.",
  },
  mark: {
    from: ["intended", "sending"],
    to: "sending",
    by: ["openGate"],
    why: "The gate is open, so an attempt begins. From `sending`: the response of the attempt before was lost.",
  },
  unmark: {
    from: ["sending"],
    to: "intended",
    by: ["takeBackMark"],
    why: "The send could not begin while the mark was fresh. Nothing was sent.",
  },
  suppress: {
    from: ["intended", "sending"],
    to: "suppressed",
    by: ["openGate"],
    why: "The gate is closed. From `sending`: the response of an attempt was lost, and there is no other attempt.",
  },
  suppressLater: {
    from: ["intended"],
    to: "suppressed",
    by: ["openGate"],
    why: "The gate closed for the part before it, so this one is not sent either.",
  },
  accept: {
    from: ["intended", "sending", "unknown", "refused", "suppressed"],
    to: "accepted",
    by: ["settleAttempt"],
    why: "The vendor accepted the part. A late response also corrects what another worker concluded from its absence.",
  },
  retry: {
    from: ["intended", "sending"],
    to: "intended",
    by: ["settleAttempt"],
    why: "The vendor did not accept the attempt, or it may not begin yet. Another attempt follows.",
  },
  bringForward: {
    from: ["intended"],
    to: "intended",
    by: ["bringConversationForward", "bringRecoveredForward", "bringPartsForward"],
    why: "The contact wrote, the account works again, or an operator asked for it. The next attempt begins within seconds.",
  },
  askLater: {
    from: ["sending"],
    to: "sending",
    by: ["settleAttempt"],
    why: "The response was lost. The vendor is asked before the next attempt.",
  },
  markUnknown: {
    from: ["sending"],
    to: "unknown",
    by: ["settleAttempt"],
    why: "The response was lost and the channel may not send the part again.",
  },
  refuse: {
    from: ["intended", "sending", "unknown"],
    to: "refused",
    by: ["settleAttempt"],
    why: "The vendor rejects the part for ever, the account is disabled, or an earlier part was lost.",
  },
  confirm: {
    from: ["intended", "sending", "unknown"],
    to: "accepted",
    by: ["storeReceipt"],
    why: "A receipt carries our id of a part that was sent, so the vendor has it.",
  },
  replayLost: {
    from: ["sending", "unknown"],
    to: "sending",
    by: ["replayDeadLetter"],
    why: "The part may have arrived, so the vendor is asked first.",
  },
  replayUnsent: {
    from: ["intended", "refused", "suppressed"],
    to: "intended",
    by: ["replayDeadLetter"],
    why: "The part certainly did not arrive, so it is sent again.",
  },
} as const satisfies MoveTable<DeliveryState>;
