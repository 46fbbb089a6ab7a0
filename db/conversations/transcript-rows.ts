import { and, desc, eq, lt, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { timeOfId } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";
import { selectLastChange } from "../inbound/message-changes.ts";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import { inbox, messages } from "../schema/conversations.ts";
import { turns } from "../schema/turns.ts";

/*
 * The rows of the transcript that a turn reads. The table has a partition for each month, and PostgreSQL plans and locks all that a query
 * may read. Planning 124 of them takes ten times as long as planning six, so each query names its months as constants: a kept plan does
 * not know its parameters. They are whole months, so that few texts exist.
 */

const DAY_MS = 86_400_000;

/** Whole months of UTC, ms since 1970. */
export interface Months {
  from: number;
  to: number;
}

export function isWithin({ from, to }: Months, createdAt: SQLWrapper = messages.createdAt): SQL {
  return sql`${createdAt} >= ${toTime(from)} AND ${createdAt} < ${toTime(to)}`;
}

function toTime(ms: number): SQL {
  return sql.raw(Number.isFinite(ms) ? `'${new Date(ms).toISOString()}'::timestamptz` : "'-infinity'");
}

/** The start of the month of this time, or of one after it. */
function startOfMonth(ms: number, monthsLater = 0): number {
  if (!Number.isFinite(ms)) return ms;
  const time = new Date(ms);
  return Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + monthsLater);
}

/**
 * The start of a period that contains this time: the month, of an older time the quarter, of a still older one the year. Each of them is a
 * text, and old conversations were created in any month.
 */
function startOfPeriod(ms: number, now: number): number {
  const month = startOfMonth(ms);
  const age = now - ms;
  if (!Number.isFinite(ms) || age <= EXACT_DAYS * DAY_MS) return month;
  const months = age <= QUARTERS_DAYS * DAY_MS ? 3 : 12;
  return startOfMonth(month, -(new Date(month).getUTCMonth() % months));
}

/** Most messages of a turn have arrived shortly before it, so the other months are not even planned. */
export async function findTurnLines(db: Queryable, turnId: string): Promise<TurnLine[]> {
  const beganAt = timeOfId(turnId);
  if (beganAt !== null) {
    const range = { from: startOfMonth(beganAt - 3 * DAY_MS), to: startOfMonth(beganAt + DAY_MS, 1) };
    const near = await selectTurnLines(db, { turnId }, range);
    if (near.every(hasBody)) return near.filter(hasBody);
  }
  return (await selectTurnLines(db, { turnId }, null)).filter(hasBody);
}

type TurnLine = Omit<Awaited<ReturnType<typeof selectTurnLines>>[number], "body"> & { body: Buffer };

function hasBody<Row extends { body: Buffer | null }>(row: Row): row is Row & { body: Buffer } {
  return row.body !== null;
}

const selectTurnLines = keepStatement((db: Queryable, range: Months | null) => {
  const change = selectLastChange(db);
  return db
    .select({
      providerMessageId: inbox.providerMessageId,
      providerTime: inbox.providerTime,
      providerSequence: inbox.providerSequence,
      seq: inbox.seq,
      body: messages.body,
      receivedAt: inbox.receivedAt,
      change: toColumns(change),
    })
    .from(inbox)
    .leftJoin(
      messages,
      and(
        eq(messages.conversationId, inbox.conversationId),
        eq(messages.seq, inbox.seq),
        eq(messages.createdAt, inbox.receivedAt),
        range === null ? undefined : isWithin(range),
      ),
    )
    .leftJoinLateral(change, sql`true`)
    .where(eq(inbox.turnId, sql.placeholder("turnId")));
});

/** The clock of a worker is less wrong than this. More would add a month to each query. */
const CLOCK_MS = 15 * DAY_MS;
/** The last lines are read from the last months first. A conversation with few lines in them is read further back. */
const EXACT_DAYS = 180;
const QUARTERS_DAYS = 720;
const WINDOWS_DAYS = [45, EXACT_DAYS, QUARTERS_DAYS, Infinity];
/** A message may have waited in a spool before its conversation was created, and clocks differ. */
const BEFORE_CREATION_MS = 32 * DAY_MS;
/** Some rows are omitted, and late messages may have to be sorted before earlier ones. */
const SPARE_ROWS = 20;

/** The months of all lines of these conversations, the last ones first. */
export function* listWindows(conversationIds: readonly string[]): Generator<Months> {
  const now = Date.now();
  const oldest = Math.min(...conversationIds.map((id) => timeOfId(id) ?? -Infinity)) - BEFORE_CREATION_MS;
  let to = startOfMonth(now + CLOCK_MS, 1);
  for (const days of WINDOWS_DAYS) {
    const from = Math.max(startOfMonth(now - days * DAY_MS), startOfPeriod(oldest, now));
    yield { from, to };
    if (from <= oldest) return;
    to = from;
  }
}

export async function findLastRows(
  db: Queryable,
  conversationId: string,
  before: { seq: number; limit: number },
): Promise<LastRow[]> {
  const rows: LastRow[] = [];
  const wanted = before.limit + SPARE_ROWS;
  for (const months of listWindows([conversationId])) {
    const limit = wanted - rows.length;
    rows.push(...(await selectLastRows(db, { conversationId, seq: before.seq, limit }, months)));
    if (rows.length >= wanted) break;
  }
  return rows;
}

type LastRow = Awaited<ReturnType<typeof selectLastRows>>[number];

const selectLastRows = keepStatement((db: Queryable, range: Months) => {
  // The limit comes first: PostgreSQL does not know in a kept plan how few rows it leaves, and would read all messages of the conversation.
  const last = db
    .select({
      conversationId: messages.conversationId,
      seq: messages.seq,
      direction: messages.direction,
      body: messages.body,
      createdAt: messages.createdAt,
      ownTurnId: messages.turnId,
    })
    .from(messages)
    .leftJoin(turns, eq(turns.id, messages.turnId))
    .where(
      and(
        eq(messages.conversationId, sql.placeholder("conversationId")),
        lt(messages.seq, sql.placeholder("seq")),
        isWithin(range),
        sql`coalesce(${turns.plan}, '') <> 'notice'`,
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(sql.placeholder("limit"))
    .as("last");
  const change = selectLastChange(db);
  return db
    .select({
      seq: last.seq,
      direction: last.direction,
      body: last.body,
      createdAt: last.createdAt,
      ownTurnId: last.ownTurnId,
      inTurnId: inbox.turnId,
      providerMessageId: inbox.providerMessageId,
      providerTime: inbox.providerTime,
      providerSequence: inbox.providerSequence,
      change: toColumns(change),
      // A reply that a takeover or a newer message stopped was never sent.
      wasSent: sql<boolean>`${last.ownTurnId} IS NULL OR NOT EXISTS (
        SELECT FROM deliveries d WHERE d.turn_id = ${last.ownTurnId} GROUP BY d.turn_id
        HAVING bool_and(d.state IN ('suppressed', 'refused')))`,
    })
    .from(last)
    .leftJoin(inbox, and(eq(inbox.conversationId, last.conversationId), eq(inbox.seq, last.seq)))
    .leftJoinLateral(change, sql`true`)
    .orderBy(desc(last.seq));
});

/** Null where the message has no change. */
function toColumns({ kind, channel, accountId, changeId, body }: ReturnType<typeof selectLastChange>) {
  return { kind, channel, accountId, changeId, body };
}
