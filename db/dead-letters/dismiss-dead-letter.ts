import { and, eq, sql } from "drizzle-orm";
import { findDeadLetter } from "./dead-letters.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deadLetterDismissals } from "../schema/dead-letters.ts";

/*
 * A dismissal says that an operator has seen a dead letter and leaves it as it is. It changes no state of the turn, the event or the inbound
 * event, so its end brings the letter back unchanged. A dismissed letter is not in the lists and counts, and no build replays it by itself.
 */

export interface DeadLetterKey {
  tenantId: string;
  id: string;
}

export type DismissResult = "dismissed" | "already_dismissed" | "not_found";

export async function dismissDeadLetter(
  db: Queryable,
  { tenantId, id, author, note, dryRun }: DeadLetterKey & { author: string; note: string; dryRun: boolean },
): Promise<DismissResult> {
  const letter = await findDeadLetter(db, { tenantId, id });
  if (letter === null) return "not_found";
  if (letter.dismissal !== null) return "already_dismissed";
  if (dryRun) return "dismissed";
  // A row that is there is about an earlier death of the letter.
  const set = { author, note, dismissedAt: sql`clock_timestamp()` };
  await db
    .insert(deadLetterDismissals)
    .values({ tenantId, id, ...set })
    .onConflictDoUpdate({ target: [deadLetterDismissals.tenantId, deadLetterDismissals.id], set });
  return "dismissed";
}

export type RestoreResult = "restored" | "not_dismissed" | "not_found";

/** Ends the dismissal. */
export async function restoreDeadLetter(
  db: Queryable,
  { tenantId, id, dryRun }: DeadLetterKey & { dryRun: boolean },
): Promise<RestoreResult> {
  const letter = await findDeadLetter(db, { tenantId, id });
  if (letter === null) return "not_found";
  if (letter.dismissal === null) return "not_dismissed";
  if (dryRun) return "restored";
  await db
    .delete(deadLetterDismissals)
    .where(and(eq(deadLetterDismissals.tenantId, tenantId), eq(deadLetterDismissals.id, id)));
  return "restored";
}
