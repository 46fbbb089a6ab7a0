import type { inbox } from "../schema/conversations.ts";
import type { MoveTable } from "./move.ts";

type InboxState = (typeof inbox.$inferSelect)["state"];

/** `inbox.state`: the progress of an inbound message. */
export const INBOX_MOVES = {
  store: {
    from: [],
    to: "pending",
    by: ["storeInbound"],
    why: "A message arrived and waits for a turn.",
  },
  storeSuppressed: {
    from: [],
    to: "suppressed",
    by: ["storeInbound"],
    why: "The message needs no answer: its text is empty, its deletion arrived first, or it is for other participants in the same thread.",
  },
  acquire: {
    from: ["pending"],
    to: "in_turn",
    by: ["acquireLoneMessage", "acquireTurn"],
    why: "A turn began. It answers all messages that are pending in the conversation.",
  },
  takeBack: {
    from: ["pending"],
    to: "suppressed",
    by: ["storeMessageChange"],
    why: "The contact deleted the message before a turn answered it.",
  },
  answer: {
    from: ["in_turn"],
    to: "answered",
    by: ["finishTurn"],
    why: "At least one part of the reply was accepted or is unknown.",
  },
  suppress: {
    from: ["in_turn"],
    to: "suppressed",
    by: ["finishTurn"],
    why: "The assistant stays silent, or the gate stopped the reply.",
  },
  fail: {
    from: ["in_turn"],
    to: "failed",
    by: ["finishTurn"],
    why: "The turn ended without an accepted part.",
  },
  supersede: {
    from: ["in_turn"],
    to: "pending",
    by: ["finishTurn"],
    why: "A newer message stopped the reply. The next turn answers both messages.",
  },
  replayReply: {
    from: ["failed", "suppressed"],
    to: "in_turn",
    by: ["replayDeadLetter"],
    why: "The turn was opened again, because its reply has parts that were not accepted.",
  },
  replayMessage: {
    from: ["failed"],
    to: "pending",
    by: ["replayDeadLetter"],
    why: "The turn had no reply, so the next turn answers the message from the beginning.",
  },
} as const satisfies MoveTable<InboxState>;
