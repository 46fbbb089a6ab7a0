import { sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { AccountSettings } from "../tenants/channel-account.ts";
import { type SilenceReason, toSilenceReason } from "../conversations/silence.ts";
import { selectOptedOut } from "../contacts/consents.ts";
import { UTC_TODAY } from "../connection/database-time.ts";
import type { Queryable } from "../connection/postgres.ts";
import { selectSpentUsd } from "../tenants/budgets.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import { turns } from "../schema/turns.ts";
import { isDeliveredAlone } from "../turns/turn-plan.ts";

/** The state of the world at the time of a send, read under the locks of conversation, account and tenant. */
export interface GateFacts {
  /** The database's clock: all windows use one clock. */
  now: Date;
  turnOpen: boolean;
  accountDisabled: boolean;
  optedOut: boolean;
  silentBecause: SilenceReason | null;
  /** An agent took the conversation over after the turn was opened; the agent may have handed it back. */
  takenOverSince: boolean;
  /** The contact's last message, or null where the contact never wrote. */
  lastInboundAt: Date | null;
  /** A message waits that this turn does not answer, and no part of the turn was sent. */
  newerMessage: boolean;
  supersede: "answer_then_continue" | "regenerate";
  /** How many turns in a row were superseded directly before this one. */
  supersededBefore: number;
  /** The tenant spent more today than it allows, without this turn: the answer of this turn is already paid. */
  overspent: boolean;
  /** The time of the next attempt of an earlier reply that is not sent yet; null where there is none. */
  earlierUntil: Date | null;
  /** Linked conversations on other channels in which the assistant is not silent, the most recent first. */
  linked: readonly LinkedConversation[];
  settings: AccountSettings;
}

export interface LinkedConversation {
  conversationId: string;
  channel: string;
  lastInboundAt: Date | null;
}

/** Two statements: the second one must read the state after the locks were granted, not the state before. */
export async function readFacts(tx: Queryable, scope: TurnScope): Promise<GateFacts> {
  const locked = await readLockedFacts(tx, scope.conversationId);
  const unlocked = await readUnlockedFacts(tx, scope);
  const { taken_over_at: takenOverAt, last_inbound_at: lastInboundAt } = locked;
  return {
    now: new Date(unlocked.now),
    turnOpen: unlocked.turn_open,
    accountDisabled: locked.account_disabled,
    optedOut: unlocked.opted_out,
    silentBecause: toSilenceReason({
      takenOverBy: locked.taken_over_by,
      conversationPaused: locked.conversation_paused,
      accountPaused: locked.account_paused,
      tenantPaused: locked.tenant_paused,
    }),
    takenOverSince: takenOverAt !== null && new Date(takenOverAt) >= new Date(unlocked.opened_at),
    lastInboundAt: lastInboundAt === null ? null : new Date(lastInboundAt),
    newerMessage: unlocked.newer_message,
    supersede: locked.supersede,
    supersededBefore: unlocked.superseded_before,
    overspent: unlocked.overspent,
    earlierUntil: unlocked.earlier_until === null ? null : new Date(unlocked.earlier_until),
    linked: unlocked.linked.map(({ id, channel, last }) => ({
      conversationId: id,
      channel,
      lastInboundAt: last === null ? null : new Date(last),
    })),
    settings: locked.settings,
  };
}

type LockedFacts = {
  taken_over_by: string | null;
  taken_over_at: string | null;
  last_inbound_at: string | null;
  conversation_paused: boolean;
  account_paused: boolean;
  account_disabled: boolean;
  tenant_paused: boolean;
  supersede: GateFacts["supersede"];
  settings: AccountSettings;
};

async function readLockedFacts(tx: Queryable, conversationId: string): Promise<LockedFacts> {
  const { rows } = await tx.execute<LockedFacts>(sql`
    SELECT c.taken_over_by, c.taken_over_at::text, c.last_inbound_at::text, c.paused_at IS NOT NULL AS conversation_paused,
      a.paused_at IS NOT NULL AS account_paused, a.disabled_at IS NOT NULL AS account_disabled,
       t.paused_at IS NOT NULL AS tenant_paused, t.supersede, a.settings
    FROM conversations c
    JOIN channel_accounts a ON a.channel = c.channel AND a.id = c.account_id
    JOIN tenants t ON t.id = c.tenant_id
    WHERE c.id = ${conversationId} FOR UPDATE OF c FOR SHARE OF a, t`);
  const [row] = rows;
  if (row === undefined) throw new Error(`Conversation ${conversationId} or its account does not exist.`);
  return row;
}

type UnlockedFacts = {
  now: string;
  opened_at: string;
  turn_open: boolean;
  opted_out: boolean;
  newer_message: boolean;
  superseded_before: number;
  overspent: boolean;
  earlier_until: string | null;
  linked: { id: string; channel: string; last: string | null }[];
};

async function readUnlockedFacts(tx: Queryable, scope: TurnScope): Promise<UnlockedFacts> {
  const { conversationId, turnId, tenantId } = scope;
  const { rows } = await tx.execute<UnlockedFacts>(sql`
    SELECT clock_timestamp()::text AS now, t.state = 'open' AS turn_open, t.opened_at::text AS opened_at,
      ${selectOptedOut(scope)} AS opted_out,
      EXISTS (SELECT FROM inbox i WHERE i.conversation_id = ${conversationId} AND i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL)
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.turn_id = ${turnId} AND d.attempt > 0) AS newer_message,
      (SELECT count(*)::int FROM turns s WHERE s.conversation_id = ${conversationId} AND s.outcome = 'superseded'
        AND s.opened_at > coalesce((SELECT max(l.opened_at) FROM turns l WHERE l.conversation_id = ${conversationId}
          AND l.state = 'closed' AND l.outcome <> 'superseded'), '-infinity')) AS superseded_before,
      ${selectSpentUsd({ tenantId, day: sql`coalesce(t.reserved_on, ${UTC_TODAY})` })} - t.cost_usd
        > (SELECT m.daily_budget_usd FROM tenants m WHERE m.id = ${tenantId}) AS overspent,
      ${selectEarlierReply(scope)} AS earlier_until, ${selectLinkedConversations(scope)} AS linked
    FROM turns t WHERE t.id = ${turnId}`);
  const [row] = rows;
  if (row === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  return row;
}

/**
 * The turn owner keeps the order of answers. This query keeps the order of turns that do not own their conversation. An
 * agent's reply waits for earlier replies of agents only. Replies that wait for the end of the quiet hours do not delay
 * others, because the contact is writing now. A turn that did not begin to send for an hour has another problem, so it does
 * not delay others either.
 */
function selectEarlierReply({ conversationId, turnId }: TurnScope) {
  return sql`(SELECT max(coalesce(d.next_attempt_at, clock_timestamp()))::text
    FROM turns e JOIN deliveries d ON d.turn_id = e.id
    WHERE e.conversation_id = ${conversationId} AND e.state = 'open' AND e.id <> ${turnId}
      AND ${isDeliveredAlone(alias(turns, "e"))} AND e.opened_at < t.opened_at AND (e.plan = 'agent' OR t.plan <> 'agent')
      AND d.state IN ('intended', 'sending') 
      AND (e.opened_at > now() - interval '1 hour' OR EXISTS (SELECT FROM deliveries q WHERE q.turn_id = e.id AND q.attempt > 0))
      AND NOT EXISTS (SELECT FROM deliveries q
        WHERE q.turn_id = e.id AND q.state = 'intended' AND q.code = 'quiet_hours'))`;
}

/** The gate of that conversation decides again before anything is sent there. */
function selectLinkedConversations({ contactId, conversationId }: TurnScope) {
  const isOptedOutThere = selectOptedOut({
    tenantId: sql`o.tenant_id`,
    channel: sql`o.channel`,
    accountId: sql`o.account_id`,
    addressHash: sql`other.address_hash`,
  });
  return sql`coalesce((SELECT jsonb_agg(jsonb_build_object('id', o.id, 'channel', o.channel, 'last', o.last_inbound_at)
      ORDER BY o.last_inbound_at DESC NULLS LAST)
    FROM contacts me JOIN contacts other ON other.link_id = me.link_id AND other.tenant_id = me.tenant_id
    JOIN conversations o ON o.contact_id = other.id AND o.id <> ${conversationId}
      AND o.taken_over_by IS NULL AND o.paused_at IS NULL AND o.thread = ''
      AND NOT ${isOptedOutThere}
    WHERE me.id = ${contactId}), '[]'::jsonb)`;
}
