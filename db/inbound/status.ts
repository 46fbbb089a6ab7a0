import { and, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Queryable } from "../connection/postgres.ts";
import { listAlerts } from "../health/alerts.ts";
import { inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import { countDeadLetters } from "../dead-letters/dead-letters.ts";
import { isDeliveredAlone } from "../turns/turn-plan.ts";

export interface Backlog {
  /** Messages of the last 24 hours by state. */
  messages_24h: Record<string, number>;
  pending: number;
  oldest_pending_s: number | null;
  turns_running: number;
  turns_by_plan_24h: Record<string, number>;
  /** Only turns that have a reply. */
  turns_by_tier_24h: Record<string, number>;
  cost_usd_24h: number;
  /** Reply parts that are not accepted yet. */
  deliveries_waiting: number;
  /** Outgoing events that an endpoint has not accepted yet, at most 10,000. */
  event_deliveries_waiting: number;
  /** Conversations that agents have taken over, and those whose contacts asked for an agent and wait for one. */
  conversations_taken_over: number;
  conversations_waiting_for_agent: number;
  /** By kind, at most 1,000 of each, without those that an operator has dismissed. */
  dead_letters: Record<string, number>;
  documents: number;
  /** What an operator should act on now, such as a wrong configuration. */
  alerts: { name: string; detail: string; since: string }[];
}

/** The highest numbers. One read of the state must not read millions of rows after an outage. */
export const MAX_COUNTS = { deadLetters: 1_000, events: 10_000 };

/** The state of the whole installation. */
export async function readBacklog(db: Queryable, max = MAX_COUNTS): Promise<Backlog> {
  const { rows } = await db.execute<Record<Exclude<keyof Backlog, "alerts">, unknown>>(sql`
    WITH last_day AS MATERIALIZED (
      SELECT plan, tier, count(*) AS n, sum(cost_usd) AS cost_usd FROM turns WHERE opened_at > now() - interval '24 hours' GROUP BY plan, tier
    )
    SELECT
      (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM
        (SELECT state, count(*) AS n FROM inbox WHERE received_at > now() - interval '24 hours' GROUP BY state) s) AS messages_24h,
      (SELECT count(*)::int FROM inbox i WHERE i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL) AS pending,
      (SELECT round(extract(epoch FROM now() - min(i.received_at)))::int FROM inbox i WHERE i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL) AS oldest_pending_s,
      (SELECT count(*)::int FROM turns t WHERE t.state = 'open' AND NOT ${isDeliveredAlone(alias(turns, "t"))}) AS turns_running,
      (SELECT coalesce(jsonb_object_agg(plan, n), '{}') FROM
        (SELECT plan, sum(n) AS n FROM last_day GROUP BY plan) p) AS turns_by_plan_24h,
      (SELECT coalesce(jsonb_object_agg(tier, n), '{}') FROM
        (SELECT tier, sum(n) AS n FROM last_day WHERE tier IS NOT NULL GROUP BY tier) r) AS turns_by_tier_24h,
      (SELECT coalesce(sum(cost_usd), 0)::float8 FROM last_day) AS cost_usd_24h,
      (SELECT count(*)::int FROM deliveries WHERE is_moving) AS deliveries_waiting,
      (SELECT count(*)::int FROM (SELECT FROM event_deliveries WHERE state = 'pending' LIMIT ${max.events}) e) AS event_deliveries_waiting,
      (SELECT count(*)::int FROM conversations WHERE taken_over_by IS NOT NULL) AS conversations_taken_over,
      (SELECT count(*)::int FROM conversations WHERE pause_reason = 'handoff') AS conversations_waiting_for_agent,
      ${countDeadLetters(max.deadLetters)} AS dead_letters,
      (SELECT count(*)::int FROM documents) AS documents`);
  const alerts = (await listAlerts(db)).map((alert) => ({ ...alert, since: alert.since.toISOString() }));
  return { ...(rows[0] as unknown as Omit<Backlog, "alerts">), alerts };
}

export interface MessageStatus {
  workflow_id: string;
  state: string;
  reason: string | null;
  received_at: string;
  turn: {
    id: string;
    tier: string | null;
    reason: string | null;
    model: string | null;
    cost_usd: number;
    route: unknown;
    deliveries: {
      part: number;
      state: string;
      attempt: number;
      code: string | null;
      provider_id: string | null;
    }[];
  } | null;
}

/** The state of one message, without texts. */
export async function readMessageStatus(
  db: Queryable,
  providerMessageId: string,
): Promise<MessageStatus | null> {
  const [row] = await db
    .select({ message: inbox, turn: turns })
    .from(inbox)
    .leftJoin(turns, eq(turns.id, inbox.turnId))
    // The accounts, because the primary key begins with them.
    .where(
      and(
        eq(inbox.providerMessageId, providerMessageId),
        sql`(${inbox.channel}, ${inbox.accountId}) IN (SELECT channel, id FROM channel_accounts)`,
      ),
    );
  if (row === undefined) return null;
  const { message, turn } = row;
  const parts =
    turn === null
      ? []
      : await db.select().from(deliveries).where(eq(deliveries.turnId, turn.id)).orderBy(deliveries.part);
  return {
    workflow_id: message.workflowId,
    state: message.state,
    reason: message.reason,
    received_at: message.receivedAt.toISOString(),
    turn: turn && {
      id: turn.id,
      tier: turn.tier,
      reason: turn.reason,
      model: turn.model,
      cost_usd: turn.costUsd,
      route: turn.route,
      deliveries: parts.map(({ part, state, attempt, code, providerId }) => ({
        part: part + 1,
        state,
        attempt,
        code,
        provider_id: providerId,
      })),
    },
  };
}
