import { and, eq, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { isOwnAccount, type SilenceReason, toSilenceReason } from "./silence.ts";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";

export interface ConversationRow extends Omit<typeof conversations.$inferSelect, "nextSeq"> {
  /** Why the assistant is silent here, including a pause of the account or the tenant. */
  silentBecause: SilenceReason | null;
  supersede: (typeof tenants.$inferSelect)["supersede"];
  /** Messages that no turn answers yet. */
  pending: number;
}

export interface ConversationFilter {
  tenantId: string;
  contactId?: string | undefined;
  channel?: string | undefined;
  accountId?: string | undefined;
  takenOver?: boolean | undefined;
  paused?: boolean | undefined;
}

export async function listConversations(
  db: Queryable,
  filter: ConversationFilter,
  page: PageRequest,
): Promise<Page<ConversationRow>> {
  const rows = await select(db, and(matchFilter(filter), keysetBefore(conversations, page)))
    .orderBy(sql`${conversations.createdAt} DESC`, sql`${conversations.id} DESC`)
    .limit(page.limit + 1);
  const { rows: pageRows, next } = toPage(rows, page);
  return { rows: pageRows.map(toRow), next };
}

export async function findConversationRow(
  db: Queryable,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<ConversationRow | null> {
  const isIt = and(eq(conversations.tenantId, tenantId), eq(conversations.id, conversationId));
  const [row] = await select(db, isIt);
  return row === undefined ? null : toRow(row);
}

function select(db: Queryable, where: SQL | undefined) {
  return db
    .select({
      row: conversations,
      id: conversations.id,
      at: toMicros(conversations.createdAt),
      accountPausedAt: channelAccounts.pausedAt,
      tenantPausedAt: tenants.pausedAt,
      supersede: tenants.supersede,
      pending: sql<number>`(SELECT count(*)::int FROM inbox i
        WHERE i.conversation_id = ${conversations.id} AND i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL)`,
    })
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

function matchFilter({ tenantId, contactId, channel, accountId, takenOver, paused }: ConversationFilter) {
  return and(
    eq(conversations.tenantId, tenantId),
    contactId === undefined ? undefined : eq(conversations.contactId, contactId),
    channel === undefined ? undefined : eq(conversations.channel, channel),
    accountId === undefined ? undefined : eq(conversations.accountId, accountId),
    takenOver === undefined ? undefined : (takenOver ? isNotNull : isNull)(conversations.takenOverBy),
    paused === undefined ? undefined : (paused ? isNotNull : isNull)(conversations.pausedAt),
  );
}
