import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { isOwnAccount, type SilenceReason, toSilenceReason } from "./silence.ts";
import { findLastLines, type LastLine } from "./last-lines.ts";
import { findCandidates } from "./find-candidates.ts";
import { isStuck, selectWaitingFor, type WaitingFor } from "./waiting.ts";
import { openAddress } from "../contacts/list-contacts.ts";
import {
  cursorOfId,
  keysetBefore,
  toMicros,
  type Page,
  toPage,
  type PageRequest,
} from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { contacts } from "../schema/contacts.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";

export interface ConversationRow extends Omit<typeof conversations.$inferSelect, "nextSeq"> {
  /** Why the assistant is silent here, including a pause of the account or the tenant. */
  silentBecause: SilenceReason | null;
  supersede: (typeof tenants.$inferSelect)["supersede"];
  /** Messages that no turn answers yet. */
  pending: number;
}

/** A conversation of a list, with its contact and its last line. */
export interface ListedConversation extends ConversationRow {
  /** In clear, for callers that may read contacts. Null where its key was destroyed or is missing. */
  contactAddress: string | null;
  waitingFor: WaitingFor | null;
  lastLine: LastLine | null;
}

export interface ConversationFilter {
  tenantId: string;
  contactId?: string | undefined;
  channel?: string | undefined;
  accountId?: string | undefined;
  takenOver?: boolean | undefined;
  paused?: boolean | undefined;
  /** Only conversations whose contact waits for an answer. */
  waiting?: true | undefined;
  /** Only conversations with an answer that makes no progress. */
  stuck?: true | undefined;
}

/** Newest first. A page of what waits or is stuck may have fewer rows than its limit, or none, and still have a next one. */
export async function listConversations(
  db: Queryable,
  vault: Vault,
  filter: ConversationFilter,
  page: PageRequest,
): Promise<Page<ListedConversation>> {
  const readPage = filter.waiting === true || filter.stuck === true ? readPageOfWaiting : readPageOfAll;
  const { rows: pageRows, next } = await readPage(db, filter, page);
  const ends = pageRows.map(({ row: { id, contactId, nextSeq }, dataKey }) => ({
    id,
    contactId,
    nextSeq,
    dataKey,
  }));
  const lastLines = await findLastLines(db, vault, ends);
  const listed = pageRows.map((row) => ({
    ...toRow(row),
    contactAddress: openAddress(vault, { contactId: row.row.contactId, dataKey: row.dataKey }, row.address),
    waitingFor: row.waitingFor,
    lastLine: lastLines.get(row.id) ?? null,
  }));
  return { rows: listed, next };
}

type Listed = Awaited<ReturnType<typeof selectListed>>[number];

async function readPageOfAll(
  db: Queryable,
  filter: ConversationFilter,
  page: PageRequest,
): Promise<Page<Listed>> {
  const where = and(matchFilter(filter), keysetBefore(conversations, page));
  const order = [sql`${conversations.createdAt} DESC`, sql`${conversations.id} DESC`];
  return toPage(await selectListed(db, { where, order, limit: page.limit + 1 }), page);
}

/** Candidates of one pass, of each source, for each row of a page. */
const CANDIDATES_PER_ROW = 4;
/** Of one page. Where many rows wait that do not match, such as those of another tenant, the page ends early. */
const MAX_PASSES = 25;

async function readPageOfWaiting(
  db: Queryable,
  filter: ConversationFilter,
  page: PageRequest,
): Promise<Page<Listed>> {
  const rows: Listed[] = [];
  let before = page.keysetBefore?.id ?? null;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const candidates = await findCandidates(db, {
      tenantId: filter.tenantId,
      stuck: filter.stuck === true,
      before,
      rows: page.limit * CANDIDATES_PER_ROW,
    });
    const where = and(inArray(conversations.id, candidates.ids), matchFilter(filter));
    const order = [sql`${conversations.id} DESC`];
    rows.push(...(await selectListed(db, { where, order, limit: page.limit + 1 - rows.length })));
    if (rows.length > page.limit || candidates.through === null) return toPage(rows, page);
    before = candidates.through;
  }
  return { rows, next: before === null ? null : cursorOfId(before) };
}

async function selectListed(
  db: Queryable,
  { where, order, limit }: { where: SQL | undefined; order: SQL[]; limit: number },
) {
  return await db
    .select({ ...COLUMNS, waitingFor, address: contacts.address, dataKey: contacts.dataKey })
    .from(conversations)
    .innerJoin(tenants, eq(tenants.id, conversations.tenantId))
    .innerJoin(channelAccounts, isOwnAccount())
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .where(where)
    .orderBy(...order)
    .limit(limit);
}

export async function findConversationRow(
  db: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<ConversationRow | null> {
  const isIt = and(eq(conversations.tenantId, tenantId), eq(conversations.id, conversationId));
  const [row] = await select(db, isIt);
  return row === undefined ? null : toRow(row);
}

const pendingCount = sql<number>`(SELECT count(*)::int FROM inbox i
  WHERE i.conversation_id = ${conversations.id} AND i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL)`;
const waitingFor = selectWaitingFor(pendingCount);

const COLUMNS = {
  row: conversations,
  id: conversations.id,
  at: toMicros(conversations.createdAt),
  accountPausedAt: channelAccounts.pausedAt,
  tenantPausedAt: tenants.pausedAt,
  supersede: tenants.supersede,
  pending: pendingCount,
};

function select(db: Queryable, where: SQL | undefined) {
  return db
    .select(COLUMNS)
    .from(conversations)
    .innerJoin(tenants, eq(tenants.id, conversations.tenantId))
    .innerJoin(channelAccounts, isOwnAccount())
    .where(where);
}

type Selected = Awaited<ReturnType<typeof select>>[number];

function toRow({ row, accountPausedAt, tenantPausedAt, supersede, pending }: Selected): ConversationRow {
  const silentBecause = toSilenceReason({
    takenOverBy: row.takenOverBy,
    conversationPaused: row.pausedAt !== null,
    accountPaused: accountPausedAt !== null,
    tenantPaused: tenantPausedAt !== null,
  });
  return { ...row, silentBecause, supersede, pending };
}

function matchFilter({ tenantId, contactId, channel, accountId, ...states }: ConversationFilter) {
  const { takenOver, paused, waiting, stuck } = states;
  return and(
    eq(conversations.tenantId, tenantId),
    contactId === undefined ? undefined : eq(conversations.contactId, contactId),
    channel === undefined ? undefined : eq(conversations.channel, channel),
    accountId === undefined ? undefined : eq(conversations.accountId, accountId),
    takenOver === undefined ? undefined : (takenOver ? isNotNull : isNull)(conversations.takenOverBy),
    paused === undefined ? undefined : (paused ? isNotNull : isNull)(conversations.pausedAt),
    waiting === undefined ? undefined : isNotNull(waitingFor),
    stuck === undefined ? undefined : isStuck(),
  );
}
