import { sql } from "drizzle-orm";
import {
  bigint,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { NOTICES, parseTurnOrigin, TURN_KINDS, type TurnOrigin } from "../turns/turn-origin.ts";
import { bytea, createdAt, timestamp, usd } from "./columns.ts";

const turnOrigin = customType<{ data: TurnOrigin }>({
  dataType: () => "jsonb",
  toDriver: (origin) => JSON.stringify(origin),
  fromDriver: parseTurnOrigin,
});

/** One reply, with the versions that it was made from. Most turns answer inbound messages; `origin` says why the others exist. */
export const turns = pgTable(
  "turns",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    workflowId: text("workflow_id").notNull(),
    /** A random number that each write of a step replaces: see db/turns/turn-memory.ts. */
    version: bigint("version", { mode: "number" }).notNull().default(0),
    state: text("state", { enum: ["open", "closed"] })
      .notNull()
      .default("open"),
    origin: turnOrigin("origin").notNull().default({ kind: "inbound" }),
    kind: text("kind", { enum: TURN_KINDS })
      .notNull()
      .generatedAlwaysAs(sql`origin ->> 'kind'`),
    /** How often the sweeper has started the turn again on `build`. */
    restarts: smallint("restarts").notNull().default(0),
    restartedAt: timestamp("restarted_at"),
    /** The build that restarted the turn, or on which it became a dead letter as poison. */
    build: text("build"),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    /** The UTC day whose budget the reservation and then the cost belong to. */
    reservedOn: date("reserved_on"),
    /** Set where the reservation is also in the shares of an anonymous visitor. */
    visitorNetwork: text("visitor_network"),
    plan: text("plan", { enum: ["answer", "notice", "silence", "agent"] })
      .notNull()
      .default("answer"),
    /** When the plan and the reservation were stored; null before. */
    plannedAt: timestamp("planned_at"),
    /** Which fixed text the plan "notice" sends. */
    notice: text("notice", { enum: NOTICES }),
    /** Why the plan "silence" sends nothing. */
    silenceReason: text("silence_reason"),
    /** The input of the model: masked texts, passages and placeholders, encrypted. */
    context: bytea("context"),
    route: jsonb("route"),
    tier: text("tier"),
    reason: text("reason"),
    model: text("model"),
    costUsd: usd("cost_usd").notNull().default(0),
    openedAt: timestamp("opened_at").notNull().defaultNow(),
    closedAt: timestamp("closed_at"),
    outcome: text("outcome", { enum: ["answered", "suppressed", "failed", "superseded"] }),
    /** Why the outcome differs from a complete answer. */
    outcomeReason: text("outcome_reason"),
    /** How often another build replayed this turn, or its messages in earlier turns. */
    replays: smallint("replays").notNull().default(0),
    /** When an operator or another build last replayed the turn. */
    replayedAt: timestamp("replayed_at"),
  },
  (t) => [
    index("turns_by_conversation").on(t.conversationId, t.openedAt),
    index("turns_open")
      .on(t.conversationId)
      .where(sql`${t.state} = 'open'`),
    // For lists of the sweeper, the oldest first.
    index("turns_running")
      .on(t.openedAt, t.workflowId)
      .where(sql`${t.state} = 'open'`),
    // When a conversation was halted as a loop. Few were, so the index is small and no conversation is scanned for it.
    index("turns_halted")
      .on(t.conversationId, t.openedAt)
      .where(sql`${t.silenceReason} = 'loop'`),
    // For counts of the last day, as in the inbox.
    index("turns_by_time").on(t.openedAt),
    // Dead letters that another build may answer: see db/health/turn-restarts.ts.
    index("turns_poisoned")
      .on(t.closedAt)
      .where(sql`${t.outcome} = 'failed' AND ${t.build} IS NOT NULL`),
    // Candidates for dead letters: see db/dead-letters/dead-letters.ts.
    index("turns_troubled")
      .on(t.tenantId, t.closedAt)
      .where(
        sql`${t.outcome} = 'failed' OR (${t.outcome} = 'answered' AND ${t.outcomeReason} IS NOT NULL) OR ${t.replayedAt} IS NOT NULL`,
      ),
  ],
);

/** Every completed model call, stored before its activity returns, so that a completed call is never paid twice. */
export const modelResponses = pgTable(
  "model_responses",
  {
    turnId: uuid("turn_id").notNull(),
    tier: text("tier").notNull(),
    /** Empty for the completion that the turn uses. Names the call of one that is stored for its cost only: see db/turns/model-responses.ts. */
    unusedCall: text("unused_call").notNull().default(""),
    tenantId: text("tenant_id").notNull(),
    model: text("model"),
    providerRequestId: text("provider_request_id"),
    body: bytea("body").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    cachedTokens: integer("cached_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    costUsd: usd("cost_usd").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.turnId, t.tier, t.unusedCall] })],
);
