import { type SQL, sql } from "drizzle-orm";
import { type Page, toPage, type PageRequest } from "../connection/page.ts";
import {
  DEAD_LETTER_KINDS,
  type DeadLetter,
  type DeadLetterKind,
  selectById,
  selectLastTroubled,
  SELECTS,
  type StoredLetter,
  TIMES,
  toDeadLetter,
  withDismissal,
} from "./dead-letter-rows.ts";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";

/*
 * A dead letter has ended without its recipient and is not retried. No table stores dead letters; they follow from the
 * states. So a letter that arrives later (by a late receipt or a replay) is none any more:
 *
 *   reply     a closed turn whose first unaccepted part is refused or unknown; a failed turn with parts that were never sent, or with
 *             messages and no reply; a replayed turn that the gate stopped
 *   event     an outgoing event that an endpoint did not accept by the end of its schedule
 *   inbound   an inbound event (message, edit, deletion, opt-out, agent's reply at the vendor) that could not be stored
 *
 * A text that was withheld on purpose (opt-out, takeover, rate limit) is suppressed and no dead letter.
 * `replay-dead-letter.ts` sends dead letters again. `dismiss-dead-letter.ts` takes them out of the lists.
 */

export interface DeadLetterFilter {
  tenantId: string;
  kind?: DeadLetterKind | undefined;
  /** The whole reason, or its first words. */
  reason?: string | undefined;
  channel?: string | undefined;
  accountId?: string | undefined;
  since?: Date | undefined;
  /** Only those that an operator has dismissed. Otherwise only the others. */
  dismissed?: true | undefined;
}

/** The newest first. Of those that were dismissed, the one that was dismissed last. */
export async function listDeadLetters(
  db: Queryable,
  filter: DeadLetterFilter,
  page: PageRequest,
): Promise<Page<DeadLetter>> {
  const tenantId = sql`${filter.tenantId}`;
  const kinds = DEAD_LETTER_KINDS.filter((kind) => filter.kind === undefined || filter.kind === kind);
  if (filter.dismissed === true) {
    const { rows } = await db.execute<StoredLetter>(sql`
      SELECT *, ${TIMES} FROM (${selectDismissed(kinds, tenantId)}
        AND ${isAfter(DISMISSED, page)} AND ${matchFilter(filter)} ${inOrder(DISMISSED, page)}) letters
      ORDER BY dismissed_at DESC, id DESC`);
    return toPage(
      rows.map((row) => ({ ...toDeadLetter(row), at: row.dismissed ?? row.at })),
      page,
    );
  }
  // A page of each kind, read in the order of its index. One list of all kinds would be sorted as a whole for each page.
  const lists = kinds.map(
    (kind) => sql`(SELECT * FROM (${selectNotDismissed(SELECTS[kind](tenantId))}) ${sql.identifier(kind)}
      WHERE ${isAfter(DIED, page)} AND ${matchFilter(filter)} ${inOrder(DIED, page)})`,
  );
  const { rows } = await db.execute<StoredLetter>(sql`
    SELECT *, ${TIMES}
    FROM (${sql.join(lists, sql` UNION ALL `)}) letters ${inOrder(DIED, page)}`);
  return toPage(rows.map(toDeadLetter), page);
}

interface Order {
  time: SQL;
  id: SQL;
}

const DIED: Order = { time: sql`since`, id: sql`id` };
const DISMISSED: Order = { time: sql`x.dismissed_at`, id: sql`x.id` };

function isAfter({ time, id }: Order, { keysetBefore: end }: PageRequest): SQL {
  return end === null ? sql`true` : sql`(${time}, ${id}) < (${end.at}::timestamptz, ${end.id})`;
}

function inOrder({ time, id }: Order, { limit }: PageRequest): SQL {
  return sql`ORDER BY ${time} DESC, ${id} DESC LIMIT ${limit + 1}`;
}

function selectNotDismissed(letters: SQL): SQL {
  return sql`SELECT * FROM (${withDismissal(letters)}) found WHERE dismissed_at IS NULL`;
}

/** Begins with the dismissals, so its cost does not grow with the dead letters. */
function selectDismissed(kinds: readonly DeadLetterKind[], tenantId: SQL): SQL {
  const letters = kinds.map((kind) => selectById(kind, tenantId, sql`x.id`));
  return sql`SELECT found.*, x.dismissed_at, x.author AS dismissed_by, x.note AS dismissal_note
    FROM dead_letter_dismissals x CROSS JOIN LATERAL (${sql.join(letters, sql` UNION ALL `)}) found
    WHERE x.tenant_id = ${tenantId} AND x.dismissed_at >= found.since`;
}

/** Null where the tenant has no such dead letter: it never existed, or it arrived later. */
export async function findDeadLetter(
  db: Queryable,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<DeadLetter | null> {
  const kinds = id.includes(".") ? (["event"] as const) : (["reply", "inbound"] as const);
  const letters = kinds.map((kind) => selectById(kind, sql`${tenantId}`, sql`${id}::text`));
  const found = sql.join(letters, sql` UNION ALL `);
  const { rows } = await db.execute<StoredLetter>(sql`
    SELECT *, ${TIMES} FROM (${withDismissal(found)}) letters`);
  return rows[0] === undefined ? null : toDeadLetter(rows[0]);
}

/** A turn in trouble may be no dead letter, so a count reads more of them than it counts. */
const TROUBLED_PER_LETTER = 10;

/** The dead letters of all tenants that no operator has dismissed, of each kind at most `limit`. A column for a query. */
export function countDeadLetters(limit: number): SQL<Record<DeadLetterKind, number>> {
  const tenantId = sql`tenants.id`;
  const counts = DEAD_LETTER_KINDS.map((kind) => {
    const letters = SELECTS[kind](tenantId, selectLastTroubled(tenantId, limit * TROUBLED_PER_LETTER));
    // The order keeps each tenant's read in its index.
    return sql`${sql.raw(`'${kind}'`)}, (SELECT count(*)::int FROM (
      SELECT FROM tenants CROSS JOIN LATERAL (SELECT FROM (${selectNotDismissed(letters)}) letter ORDER BY since DESC LIMIT ${limit}) own
      LIMIT ${limit}) counted)`;
  });
  return sql`jsonb_build_object(${sql.join(counts, sql`, `)})`;
}

/** Emits the event for a turn that has just become a dead letter. */
export async function emitDeadLettered(
  tx: Queryable,
  turn: { tenantId: string; turnId: string },
): Promise<void> {
  const letter = await findDeadLetter(tx, { tenantId: turn.tenantId, id: turn.turnId });
  if (letter === null) return;
  const { tenantId, conversationId, id, reason, parts, partsAccepted, messages } = letter;
  const data = { dead_letter_id: id, reason, parts, parts_accepted: partsAccepted, messages };
  await emitEvent(tx, { tenantId, type: "message.dead_lettered", conversationId, data });
}

function matchFilter({ reason, channel, accountId, since }: DeadLetterFilter) {
  const wanted = [
    reason === undefined ? [] : [sql`(reason = ${reason} OR starts_with(reason, ${`${reason}:`}))`],
    channel === undefined ? [] : [sql`channel = ${channel}`],
    accountId === undefined ? [] : [sql`account_id = ${accountId}`],
    since === undefined ? [] : [sql`since >= ${since.toISOString()}::timestamptz`],
  ].flat();
  return wanted.length === 0 ? sql`true` : sql.join(wanted, sql` AND `);
}
