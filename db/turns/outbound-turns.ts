import { createHash } from "node:crypto";
import { and, eq, lt, sql } from "drizzle-orm";
import type { PgInsertValue } from "drizzle-orm/pg-core";
import { buildDeliveryRow } from "../delivery/deliveries.ts";
import { joinReplies, type ReplyText } from "../delivery/reply-text.ts";
import { replyWorkflowId } from "../../workflows/names.ts";
import { appendOutboundLine } from "../conversations/append-line.ts";
import { keysetAfter, toMicros, type Cursor, type ScanRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";
import { restartsOn } from "../health/turn-restarts.ts";
import { findAuthor, type OutboundOrigin } from "./turn-origin.ts";
import { isDeliveredAlone } from "./turn-plan.ts";
import { lockConversation } from "./turn-owner.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

/*
 * A turn that answers no inbound message: an agent's reply, a notice, a part that is sent again. It does not own the
 * conversation. It passes the same gate, and its workflow (`reply`) only delivers it. The row is the promise: if the start of
 * the workflow is lost, the sweeper repeats it.
 */

export interface OutboundTurn {
  /** Unique for each turn. The same key gives the same turn, so a repeated call changes nothing. */
  key: string;
  origin: OutboundOrigin;
  parts: readonly ReplyText[];
}

interface ConversationOwner extends KeyOwner {
  tenantId: string;
  conversationId: string;
}

export function outboundTurnId(conversationId: string, key: string): string {
  const hash = createHash("sha256").update(`${conversationId}\n${key}`).digest("hex");
  // The layout of a UUID version 8, whose content is free.
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

/** Writes transcript line, turn and delivery rows in the caller's transaction. `isNew` is false where the turn existed. */
export async function openOutboundTurn(
  tx: Queryable,
  vault: Vault,
  owner: ConversationOwner,
  turn: OutboundTurn,
): Promise<{ turnId: string; isNew: boolean }> {
  const { conversationId } = owner;
  const turnId = outboundTurnId(conversationId, turn.key);
  // The conversation's row is always the first lock. Only a new turn takes a number.
  await lockConversation(tx, conversationId);
  if (!(await insertOutboundTurn(tx, owner, { id: turnId, origin: turn.origin })))
    return { turnId, isNew: false };
  await appendOutboundLine(tx, vault, owner, { turnId, text: joinReplies(turn.parts).text });
  await tx
    .insert(deliveries)
    .values(turn.parts.map((reply, part) => buildDeliveryRow(vault, { ...owner, turnId }, { reply, part })));
  return { turnId, isNew: true };
}

/** False where the turn existed. `turn` may hold its end, where nothing has to be sent. */
export async function insertOutboundTurn(
  tx: Queryable,
  { tenantId, conversationId }: Pick<ConversationOwner, "tenantId" | "conversationId">,
  turn: { id: string; origin: OutboundOrigin } & Partial<PgInsertValue<typeof turns>>,
): Promise<boolean> {
  const scope = { tenantId, conversationId, workflowId: replyWorkflowId(turn.id) };
  const opened = await tx
    .insert(turns)
    .values({ openedAt: sql`clock_timestamp()`, ...scope, ...planOutbound(turn.origin), ...turn })
    .onConflictDoNothing()
    .returning({ id: turns.id });
  return opened.length > 0;
}

function planOutbound(origin: OutboundOrigin) {
  if (origin.kind === "notice") return { plan: "notice", notice: origin.notice } as const;
  return { plan: findAuthor(origin) === null ? "answer" : "agent" } as const;
}

/** `id` is the id of the turn. */
export interface UndeliveredTurn extends Cursor {
  tenantId: string;
  /** On this build. */
  restarts: number;
}

/** Turns that are delivered alone and open for longer than `olderThanMs`: their workflow may never have been started. */
export async function findOpenOutboundTurns(
  db: Queryable,
  { olderThanMs, limit, keysetBefore, build }: ScanRequest & { build: string },
): Promise<UndeliveredTurn[]> {
  return await db
    .select({
      id: turns.id,
      tenantId: turns.tenantId,
      restarts: restartsOn(build),
      at: toMicros(turns.openedAt),
    })
    .from(turns)
    .where(
      and(
        eq(turns.state, "open"),
        isDeliveredAlone(turns),
        lt(turns.openedAt, sql`now() - make_interval(secs => ${olderThanMs / 1000})`),
        keysetAfter({ timestamp: turns.openedAt, id: turns.id }, keysetBefore),
      ),
    )
    .orderBy(turns.openedAt, turns.id)
    .limit(limit);
}
