import { and, eq, isNull } from "drizzle-orm";
import { COMMIT_ASYNCHRONOUSLY } from "../connection/commit-asynchronously.ts";
import type { Queryable } from "../connection/postgres.ts";
import { turns } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";
import { newVersion } from "./turn-version.ts";

/** The context of a turn. Steps pass it to each other through Postgres, encrypted, never through Temporal. */
export interface StoredContext {
  context: string;
  route: unknown;
}

/**
 * Stores the context of an open turn that has none. Returns the new version of the turn, or null where another attempt has changed the turn.
 * A context is never replaced: a completion that answers it is screened with its placeholders.
 *
 * A crash of PostgreSQL that loses the context also loses the version, so the next step builds the context again. The commit of a completion
 * takes the context with it to the disk.
 */
export async function saveContext(
  db: Queryable,
  vault: Vault,
  { scope, version }: { scope: TurnScope; version: number },
  stored: StoredContext,
): Promise<number | null> {
  const context = vault.seal(scope, `context:${scope.turnId}`, stored.context);
  const [row] = await db
    .update(turns)
    .set({ context, route: stored.route, version: newVersion() })
    .where(
      and(
        eq(turns.id, scope.turnId),
        eq(turns.version, version),
        eq(turns.state, "open"),
        isNull(turns.context),
      ),
    )
    .returning({ version: turns.version, commit: COMMIT_ASYNCHRONOUSLY });
  return row?.version ?? null;
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
  return { context: openContext(vault, scope, row.context), route: row.route };
}

export function openContext(
  vault: Vault,
  scope: KeyOwner & Pick<TurnScope, "turnId">,
  sealed: Buffer,
): string {
  return vault.open(scope, `context:${scope.turnId}`, sealed);
}
