import { sql } from "drizzle-orm";
import { conversations } from "../schema/conversations.ts";
import type { MoveTable } from "./move.ts";

/** `conversations.turn_owner`: the workflow id that works on the turn, or null. It has no time limit, so a slow model cannot lose it. */
export const TURN_OWNER_MOVES = {
  open: {
    from: [],
    to: "free",
    by: ["openConversation", "storeInbound"],
    why: "A contact wrote for the first time.",
  },
  acquire: {
    from: ["free"],
    to: "owned",
    by: ["acquireLoneMessage", "acquireTurn"],
    why: "The workflow of a message begins a turn. The workflow that owns the conversation may begin the next turn too.",
  },
  release: {
    from: ["owned"],
    to: "free",
    by: ["finishTurn", "acquireTurn"],
    why: "The turn ended and no message waits.",
  },
} as const satisfies MoveTable<"free" | "owned">;

/** The state of `TURN_OWNER_MOVES` in SQL. */
export const turnOwnerState = sql`CASE WHEN ${conversations.turnOwner} IS NULL THEN 'free' ELSE 'owned' END`;

/** The agent of a conversation that was answered in the vendor's inbox. The vendor does not report the name. */
export const VENDOR_INBOX = "vendor_inbox";

/** `conversations.taken_over_by`: who answers the contact. */
export const TAKEOVER_MOVES = {
  open: {
    from: [],
    to: "assistant",
    by: ["openConversation", "storeInbound"],
    why: "The assistant answers a new conversation.",
  },
  takeOver: {
    from: ["assistant", "agent"],
    to: "agent",
    by: ["takeOverConversation"],
    why: "An agent takes the conversation over. A second call of the same agent renews the time.",
  },
  takeOverInVendorInbox: {
    from: ["assistant", "vendor_inbox"],
    to: "vendor_inbox",
    by: ["storeVendorReply"],
    why: "An agent answered in the vendor's inbox, or in a shared place. A second answer renews the time.",
  },
  handBack: {
    from: ["agent", "vendor_inbox"],
    to: "assistant",
    by: ["handBackConversation"],
    why: "An agent hands the conversation back.",
  },
  handBackIdle: {
    from: ["vendor_inbox"],
    to: "assistant",
    by: ["handBackIdleVendorTakeovers"],
    why: "The vendor does not report that an agent has left, so a long silence counts.",
  },
} as const satisfies MoveTable<"assistant" | "agent" | "vendor_inbox">;

/** The state of `TAKEOVER_MOVES` in SQL. */
export const takeoverState = sql`CASE WHEN ${conversations.takenOverBy} IS NULL THEN 'assistant'
  WHEN ${conversations.takenOverBy} = ${VENDOR_INBOX} THEN 'vendor_inbox' ELSE 'agent' END`;

/** `conversations.pause_reason`: why the assistant is silent, apart from a takeover. */
export const PAUSE_MOVES = {
  open: {
    from: [],
    to: "active",
    by: ["openConversation", "storeInbound"],
    why: "The assistant answers a new conversation.",
  },
  pause: {
    from: ["active", "shared"],
    to: "operator",
    by: ["pauseConversation"],
    why: "An operator paused the conversation. The first reason stays until the end of the pause.",
  },
  haltLoop: {
    from: ["active", "shared"],
    to: "loop",
    by: ["pauseConversation"],
    why: "The other side seems to be a machine.",
  },
  requestHandoff: {
    from: ["active", "shared"],
    to: "handoff",
    by: ["pauseConversation"],
    why: "The contact asked for an agent.",
  },
  share: {
    from: ["active"],
    to: "shared",
    by: ["pauseShared", "pauseConversation"],
    why: "Another participant wrote in the same thread. From now on the assistant answers only messages that name it.",
  },
  resume: {
    from: ["operator", "loop", "handoff", "shared"],
    to: "active",
    by: ["resumeConversation"],
    why: "An operator ended the pause, or no agent came in time.",
  },
  findAgent: {
    from: ["handoff"],
    to: "active",
    by: ["takeOverConversation", "storeVendorReply"],
    why: "An agent came.",
  },
} as const satisfies MoveTable<"active" | "operator" | "loop" | "handoff" | "shared">;

/** The move into each reason of a pause. */
export const PAUSE_MOVE_OF = {
  operator: PAUSE_MOVES.pause,
  loop: PAUSE_MOVES.haltLoop,
  handoff: PAUSE_MOVES.requestHandoff,
  shared: PAUSE_MOVES.share,
} as const;

/** The state of `PAUSE_MOVES` in SQL. */
export const pauseState = sql`coalesce(${conversations.pauseReason}, 'active')`;
