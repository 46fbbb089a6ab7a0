import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { AccountSettings } from "../tenants/channel-account.ts";
import { emitEvent, type EventType } from "../events/outgoing-events.ts";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import { appendStatus } from "../web/stream.ts";

/*
 * What keeps the assistant silent in a conversation: a person of the business has claimed it, or somebody paused the conversation,
 * its account or its tenant. Each is one column of a row that the gate locks, so that no send of the assistant begins once the
 * write has committed. `taken_over_at` outlives the claim: a turn that was opened before it never speaks, not even after a release.
 */

export type SilenceReason = "taken_over" | "conversation_paused" | "account_paused" | "tenant_paused";

export function toSilenceReason(row: {
  takenOverBy: string | null;
  conversationPaused: boolean;
  accountPaused: boolean;
  tenantPaused: boolean;
}): SilenceReason | null {
  if (row.takenOverBy !== null) return "taken_over";
  if (row.conversationPaused) return "conversation_paused";
  if (row.accountPaused) return "account_paused";
  return row.tenantPaused ? "tenant_paused" : null;
}

/** Asked before anything is spent; the gate asks the same again before each send. */
export async function findSilenceReason(
  db: Queryable,
  conversationId: string,
): Promise<SilenceReason | null> {
  const [row] = await db
    .select({
      takenOverBy: conversations.takenOverBy,
      conversationPaused: isSet(conversations.pausedAt),
      accountPaused: isSet(channelAccounts.pausedAt),
      tenantPaused: isSet(tenants.pausedAt),
    })
    .from(conversations)
    .innerJoin(
      channelAccounts,
      and(
        eq(channelAccounts.channel, conversations.channel),
        eq(channelAccounts.id, conversations.accountId),
      ),
    )
    .innerJoin(tenants, eq(tenants.id, conversations.tenantId))
    .where(eq(conversations.id, conversationId));
  return row === undefined ? null : toSilenceReason(row);
}

const isSet = (column: PgColumn) => sql<boolean>`${column} IS NOT NULL`;

export type TakeoverResult = { takenOver: true } | { takenOver: false; takenOverBy: string };

/** Gives the conversation to a person of the business. Claiming again what is already one's own is no change but of the time. */
export async function takeOverConversation(
  db: Database,
  conversationId: string,
  agent: string,
): Promise<TakeoverResult> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select({
        tenantId: conversations.tenantId,
        takenOverBy: conversations.takenOverBy,
        pauseReason: conversations.pauseReason,
      })
      .from(conversations)
      .where(eq(conversations.id, conversationId))
      .for("update");
    if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
    if (row.takenOverBy !== null && row.takenOverBy !== agent) {
      return { takenOver: false, takenOverBy: row.takenOverBy } as const;
    }
    // Whoever claims has come: a hand-off that waits for somebody has found them.
    const found = row.pauseReason === "handoff" ? { pausedAt: null, pauseReason: null } : {};
    await tx
      .update(conversations)
      .set({ takenOverBy: agent, takenOverAt: sql`clock_timestamp()`, ...found })
      .where(eq(conversations.id, conversationId));
    if (row.takenOverBy === null) {
      const event = { type: "conversation.taken_over", data: { agent } } as const;
      await emitEvent(tx, { tenantId: row.tenantId, conversationId, ...event });
      await appendStatus(tx, conversationId, "agent_joined");
    }
    return { takenOver: true } as const;
  });
}

/** Gives the conversation back to the assistant; false where nobody (or somebody else) held it. */
export async function handBackConversation(
  db: Database,
  conversationId: string,
  agent?: string,
): Promise<boolean> {
  const isTheirs =
    agent === undefined
      ? sql`${conversations.takenOverBy} IS NOT NULL`
      : eq(conversations.takenOverBy, agent);
  return await updateAndEmit(db, { conversationId, type: "conversation.handed_back" }, async (tx) => {
    const handedBack = await tx
      .update(conversations)
      .set({ takenOverBy: null })
      .where(and(eq(conversations.id, conversationId), isTheirs))
      .returning({ tenantId: conversations.tenantId });
    if (handedBack.length > 0) await appendStatus(tx, conversationId, "agent_left");
    return handedBack;
  });
}

export type PauseReason = "operator" | "loop" | "handoff";

/** The first reason stays: an operator's pause is not turned into something that ends by itself. */
export async function pauseConversation(
  db: Queryable,
  conversationId: string,
  reason: PauseReason,
): Promise<{ since: Date } | null> {
  return await db.transaction(async (tx) => {
    const [paused] = await tx
      .update(conversations)
      // Whole milliseconds: this moment is compared with what went through JSON.
      .set({ pausedAt: sql`date_trunc('milliseconds', clock_timestamp())`, pauseReason: reason })
      .where(and(eq(conversations.id, conversationId), isNull(conversations.pausedAt)))
      .returning({ since: conversations.pausedAt, tenantId: conversations.tenantId });
    if (paused?.since == null) return null;
    const { tenantId, since } = paused;
    // Somebody is asked for: that is more than a pause to whoever listens.
    const type = reason === "handoff" ? "conversation.handoff.requested" : "conversation.paused";
    await emitEvent(tx, { tenantId, conversationId, type, data: { reason } });
    return { since };
  });
}

/** `only` limits it to one pause: of a kind, from a moment. */
export async function resumeConversation(
  db: Queryable,
  conversationId: string,
  only?: { reason: PauseReason; since: Date },
): Promise<boolean> {
  const isThat =
    only === undefined
      ? undefined
      : and(eq(conversations.pauseReason, only.reason), eq(conversations.pausedAt, only.since));
  // Only the hand-off's own workflow ends a hand-off by its moment, and it does so when nobody came.
  const type = only?.reason === "handoff" ? "conversation.handoff.timed_out" : "conversation.resumed";
  return await updateAndEmit(db, { conversationId, type }, async (tx) => {
    return await tx
      .update(conversations)
      .set({ pausedAt: null, pauseReason: null })
      .where(and(eq(conversations.id, conversationId), sql`${conversations.pausedAt} IS NOT NULL`, isThat))
      .returning({ tenantId: conversations.tenantId });
  });
}

/** A change of one conversation and its event, or neither. */
async function updateAndEmit(
  db: Queryable,
  event: { conversationId: string; type: EventType },
  update: (tx: Queryable) => Promise<{ tenantId: string }[]>,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [changed] = await update(tx);
    if (changed === undefined) return false;
    await emitEvent(tx, { ...event, tenantId: changed.tenantId, data: {} });
    return true;
  });
}

export async function setTenantPaused(db: Queryable, tenantId: string, paused: boolean): Promise<void> {
  await db
    .update(tenants)
    .set({ pausedAt: paused ? sql`clock_timestamp()` : null })
    .where(eq(tenants.id, tenantId));
}

export async function setAccountPaused(
  db: Queryable,
  { channel, accountId }: { channel: string; accountId: string },
  paused: boolean,
): Promise<void> {
  await db
    .update(channelAccounts)
    .set({ pausedAt: paused ? sql`clock_timestamp()` : null })
    .where(and(eq(channelAccounts.channel, channel), eq(channelAccounts.id, accountId)));
}

/** `id` is the conversation's. */
export interface WaitingHandoff extends Cursor {
  tenantId: string;
  since: Date;
  settings: AccountSettings;
}

/** Conversations that have waited for longer than `olderThanMs` for somebody to claim them. */
export async function findWaitingHandoffs(
  db: Queryable,
  { olderThanMs, limit, keysetBefore }: ScanRequest,
): Promise<WaitingHandoff[]> {
  const rows = await db
    .select({
      tenantId: conversations.tenantId,
      id: conversations.id,
      at: toMicros(conversations.pausedAt),
      since: conversations.pausedAt,
      settings: channelAccounts.settings,
    })
    .from(conversations)
    .innerJoin(
      channelAccounts,
      and(
        eq(channelAccounts.channel, conversations.channel),
        eq(channelAccounts.id, conversations.accountId),
      ),
    )
    .where(
      and(
        eq(conversations.pauseReason, "handoff"),
        lt(conversations.pausedAt, sql`now() - make_interval(secs => ${olderThanMs / 1000})`),
        keysetAfter({ timestamp: conversations.pausedAt, id: conversations.id }, keysetBefore),
      ),
    )
    .orderBy(conversations.pausedAt, conversations.id)
    .limit(limit);
  return rows.flatMap(({ since, ...row }) => (since === null ? [] : [{ ...row, since }]));
}
