import type { turns } from "../schema/turns.ts";
import type { MoveTable } from "./move.ts";

type TurnState = (typeof turns.$inferSelect)["state"];

/** `turns.state`: whether a workflow still works on the turn. */
export const TURN_MOVES = {
  begin: {
    from: [],
    to: "open",
    by: ["acquireLoneMessage", "acquireTurn", "openOutboundTurn"],
    why: "A turn began: it answers messages, or it sends a text of its own.",
  },
  storeClosed: {
    from: [],
    to: "closed",
    by: ["storeVendorReply"],
    why: "An agent answered in the vendor's inbox, so there is nothing to send.",
  },
  close: {
    from: ["open"],
    to: "closed",
    by: ["finishTurn"],
    why: "The turn has its outcome.",
  },
  replay: {
    from: ["closed"],
    to: "open",
    by: ["replayDeadLetter"],
    why: "An operator replays a reply whose parts were not all accepted.",
  },
} as const satisfies MoveTable<TurnState>;
