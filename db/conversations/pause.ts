import { and, eq, lt, sql } from "drizzle-orm";
import type { AccountSettings } from "../tenants/channel-account.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import { PAUSE_MOVE_OF, PAUSE_MOVES, pauseState } from "../transitions/conversation-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { isOwnAccount } from "./silence.ts";
import { updateAndEmit } from "./update-and-emit.ts";

/*
 * The pause of a conversation: PAUSE_MOVES in db/transitions/conversation-moves.ts. A handoff is a pause that ends when an agent takes the
 * conversation over or when its time is over.
 */

export type PauseReason = keyof typeof PAUSE_MOVE_OF;

export interface PauseOptions {
  /** The wait for an agent, if it is not the account's. */
  handoffTimeoutS?: number | null;
  /** When a pause began that is moved here. Null: now. */
  since?: Date | null;
}

/** Null where the conversation is paused already: an operator's pause never becomes one that ends by itself. */
export async function pauseConversation(
  db: Queryable,
  conversationId: string,
  reason: PauseReason,
  { handoffTimeoutS = null, since: begunAt = null }: PauseOptions = {},
): Promise<{ since: Date } | null> {
  const move = PAUSE_MOVE_OF[reason];
  return await db.transaction(async (tx) => {
    const [paused] = await tx
      .update(conversations)
      // Whole milliseconds, because the time is compared with one that was JSON.
      .set({
        pausedAt: begunAt ?? sql`date_trunc('milliseconds', clock_timestamp())`,
        pauseReason: move.to,
        handoffTimeoutS,
      })
      .where(and(eq(conversations.id, conversationId), mayMove(pauseState, move)))
      .returning({ since: conversations.pausedAt, tenantId: conversations.tenantId });
    if (paused?.since == null) return null;
    const { tenantId, since } = paused;
    const type = reason === "handoff" ? "conversation.handoff.requested" : "conversation.paused";
    await emitEvent(tx, { tenantId, conversationId, type, data: { reason } });
    return { since };
  });
}

/** `only` limits the call to the pause of this reason and this time. */
export async function resumeConversation(
  db: Queryable,
  conversationId: string,
  only?: { reason: PauseReason; since: Date },
): Promise<boolean> {
  const isWanted =
    only === undefined
      ? undefined
      : and(eq(conversations.pauseReason, only.reason), eq(conversations.pausedAt, only.since));
  // A handoff is ended by its time where no agent came, and where its workflow could not start.
  const type = only?.reason === "handoff" ? "conversation.handoff.timed_out" : "conversation.resumed";
  return await updateAndEmit(db, { conversationId, type }, async (tx) => {
    return await tx
      .update(conversations)
      .set({ pausedAt: null, pauseReason: null })
      .where(and(eq(conversations.id, conversationId), mayMove(pauseState, PAUSE_MOVES.resume), isWanted))
      .returning({ tenantId: conversations.tenantId });
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

/** `id` is the id of the conversation. */
export interface WaitingHandoff extends Cursor {
  tenantId: string;
  since: Date;
  /** How long it has waited. */
  waitedS: number;
  /** Null for the time of the account. */
  timeoutS: number | null;
  settings: AccountSettings;
}

/** Conversations that have waited for an agent for longer than `olderThanMs`. */
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
      waitedS: sql<number>`extract(epoch FROM now() - ${conversations.pausedAt})::float8`,
      timeoutS: conversations.handoffTimeoutS,
      settings: channelAccounts.settings,
    })
    .from(conversations)
    .innerJoin(channelAccounts, isOwnAccount())
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
