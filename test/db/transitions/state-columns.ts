import { PAUSE_MOVES, TAKEOVER_MOVES, TURN_OWNER_MOVES } from "../../../db/transitions/conversation-moves.ts";
import { DELIVERY_MOVES } from "../../../db/transitions/delivery-moves.ts";
import { EVENT_DELIVERY_MOVES } from "../../../db/transitions/event-delivery-moves.ts";
import { INBOX_MOVES } from "../../../db/transitions/inbox-moves.ts";
import { INDEX_VERSION_MOVES } from "../../../db/transitions/index-version-moves.ts";
import type { Move } from "../../../db/transitions/move.ts";
import { RECEIPT_MOVES } from "../../../db/transitions/receipt-moves.ts";
import { TURN_MOVES } from "../../../db/transitions/turn-moves.ts";

export interface StateColumn {
  table: string;
  column: string;
  about: string;
  moves: readonly Move[];
  /** The state of a value of the column, if the column does not contain the state itself. */
  toState?(value: string | null): string;
}

/** Every state column of the database that has a table of moves. */
export const STATE_COLUMNS: readonly StateColumn[] = [
  {
    table: "inbox",
    column: "state",
    about: "The progress of an inbound message.",
    moves: Object.values(INBOX_MOVES),
  },
  {
    table: "turns",
    column: "state",
    about: "Whether a workflow still works on the turn.",
    moves: Object.values(TURN_MOVES),
  },
  {
    table: "deliveries",
    column: "state",
    about: "The send of one reply part.",
    moves: Object.values(DELIVERY_MOVES),
  },
  {
    table: "deliveries",
    column: "receipt",
    about: "The furthest state that the vendor has reported for an accepted part. `none` is null.",
    moves: RECEIPT_MOVES,
    toState: (value) => value ?? "none",
  },
  {
    table: "event_deliveries",
    column: "state",
    about: "The delivery of one outgoing event to one endpoint.",
    moves: Object.values(EVENT_DELIVERY_MOVES),
  },
  {
    table: "index_versions",
    column: "state",
    about: "The use of one embedding space.",
    moves: Object.values(INDEX_VERSION_MOVES),
  },
  {
    table: "conversations",
    column: "turn_owner",
    about:
      "The workflow that works on the turn of the conversation. `owned` is a workflow id, `free` is null.",
    moves: Object.values(TURN_OWNER_MOVES),
    toState: (value) => (value === null ? "free" : "owned"),
  },
  {
    table: "conversations",
    column: "taken_over_by",
    about: "Who answers the contact. `assistant` is null, `agent` is the name of an agent.",
    moves: Object.values(TAKEOVER_MOVES),
    toState: (value) => (value === null || value === "vendor_inbox" ? (value ?? "assistant") : "agent"),
  },
  {
    table: "conversations",
    column: "pause_reason",
    about: "Why the assistant is silent in the conversation, apart from a takeover. `active` is null.",
    moves: Object.values(PAUSE_MOVES),
    toState: (value) => value ?? "active",
  },
];

/** The name of a state that no row has left: the row is new. */
const NEW = "(new)";

/** All pairs of the moves, as text. A move that stays in its state changes nothing that a trigger can see. */
export function listPairs({ moves }: Pick<StateColumn, "moves">): string[] {
  const pairs = moves.flatMap(({ from, to }) =>
    (from.length === 0 ? [NEW] : from).filter((state) => state !== to).map((state) => formatPair(state, to)),
  );
  return [...new Set(pairs)].toSorted();
}

export function formatPair(from: string | null, to: string): string {
  return `${from ?? NEW} -> ${to}`;
}
