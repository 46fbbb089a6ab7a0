import { setTimeout as sleep } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";

/** A usual send takes about 100 ms, so most marks are settled soon. */
const ASK_AGAIN_AFTER_MS = 30;

export type SilencedConversations =
  | { conversationIds: readonly string[] }
  /** All conversations of the human being of this contact, or of the contact of this conversation. */
  | { contactId: string }
  | { contactOf: string };

/**
 * Waits out the sends that passed the gate before a takeover, a pause or an opt-out. Call it after that commit and before the
 * acknowledgement: when it returns, no send begins any more in these conversations. It takes at most as long as a mark is fresh,
 * also where Postgres does not respond.
 */
export async function awaitFreshMarks(db: Queryable, silenced: SilencedConversations): Promise<void> {
  const until = performance.now() + TIME_LIMITS_MS.markFresh;
  const leftMs = () => until - performance.now();
  const watch = async () => {
    while (leftMs() > 0 && (await hasFreshMark(db, silenced)))
      await sleep(Math.max(0, Math.min(ASK_AGAIN_AFTER_MS, leftMs())));
  };
  // Not logged: without an answer of Postgres it waits as long as any mark is fresh.
  await Promise.race([watch().catch(async () => await sleep(Math.max(0, leftMs()))), sleep(leftMs())]);
}

/** For a promise about an account or a tenant, which may have thousands of sends: the longest wait, without a query. */
export async function awaitAllFreshMarks(): Promise<void> {
  await sleep(TIME_LIMITS_MS.markFresh);
}

async function hasFreshMark(db: Queryable, silenced: SilencedConversations): Promise<boolean> {
  const { rows } = await db.execute<{ fresh: boolean }>(sql`
    SELECT EXISTS (SELECT FROM deliveries d WHERE d.conversation_id IN (${selectConversations(silenced)})
      AND d.is_moving AND d.state = 'sending' AND d.next_attempt_at IS NULL
      AND d.updated_at > clock_timestamp() - make_interval(secs => ${TIME_LIMITS_MS.markFresh / 1_000})) AS fresh`);
  return rows[0]?.fresh === true;
}

function selectConversations(silenced: SilencedConversations): SQL {
  if ("conversationIds" in silenced)
    return sql`SELECT unnest(${sql.param([...silenced.conversationIds])}::uuid[])`;
  const contact =
    "contactId" in silenced
      ? sql`${silenced.contactId}::uuid`
      : sql`(SELECT o.contact_id FROM conversations o WHERE o.id = ${silenced.contactOf}::uuid)`;
  return sql`SELECT c.id FROM conversations c WHERE c.contact_id IN (
    SELECT person_contacts(k.tenant_id, k.channel, k.address_hash) FROM contacts k WHERE k.id = ${contact})`;
}
