import { eq } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { Vault } from "../connection/vault.ts";

/** Context and reply of a turn. Steps pass these texts to each other through Postgres, encrypted, never through Temporal. */
export interface StoredContext {
  context: string;
  route: unknown;
}

export async function saveContext(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
  stored: StoredContext,
): Promise<void> {
  const context = vault.seal(scope, `context:${scope.turnId}`, stored.context);
  await db.update(turns).set({ context, route: stored.route }).where(eq(turns.id, scope.turnId));
}

export async function findContext(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
): Promise<StoredContext | null> {
  const [row] = await db
    .select({ context: turns.context, route: turns.route })
    .from(turns)
    .where(eq(turns.id, scope.turnId));
  if (row?.context == null) return null;
  return { context: vault.open(scope, `context:${scope.turnId}`, row.context), route: row.route };
}

export async function saveReply(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
  parts: string[],
): Promise<void> {
  const reply = vault.seal(scope, `reply:${scope.turnId}`, JSON.stringify(parts));
  await db.update(turns).set({ reply }).where(eq(turns.id, scope.turnId));
}

export async function findReply(db: Queryable, vault: Vault, scope: TurnScope): Promise<string[]> {
  const [row] = await db.select({ reply: turns.reply }).from(turns).where(eq(turns.id, scope.turnId));
  if (row?.reply == null) throw new Error(`Turn ${scope.turnId} has no screened reply.`);
  return JSON.parse(vault.open(scope, `reply:${scope.turnId}`, row.reply)) as string[];
}
