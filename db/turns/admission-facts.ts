import { eq, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { selectOptedOut } from "../contacts/consents.ts";
import {
  isOwnAccount,
  SILENCE_COLUMNS,
  type SilenceReason,
  toSilenceReason,
} from "../conversations/silence.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import { type Keyword, selectLastKeyword } from "../inbound/inbox.ts";
import { selectHasCutText } from "../inbound/message-changes.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import { type Exchange, readExchanges, selectRecentExchanges } from "./loops.ts";

/** What the store knows about a turn before its plan. */
export interface AdmissionFacts {
  keyword: Keyword | null;
  isOptedOut: boolean;
  silence: SilenceReason | null;
  /** The last answered exchanges of the conversation, oldest first. */
  exchanges: Exchange[];
  /** A message of the turn is longer than the limit of its channel. */
  hasCutText: boolean;
}

/** One statement, because a turn waits for each. The gate checks consent and silence again before each send. */
export async function readAdmissionFacts(
  db: Queryable,
  scope: TurnScope,
  maxExchanges: number,
): Promise<AdmissionFacts> {
  const { turnId, conversationId } = scope;
  const [row] = await db
    .select({
      ...SILENCE_COLUMNS,
      keyword: selectLastKeyword(turnId),
      isOptedOut: sql<boolean>`${selectOptedOut(scope)}`,
      exchanges: selectRecentExchanges(conversationId, maxExchanges),
      hasCutText: selectHasCutText(turnId),
    })
    .from(conversations)
    // A message of an account that was removed has a turn too, which ends with the name of the account.
    .leftJoin(channelAccounts, isOwnAccount())
    .leftJoin(tenants, eq(tenants.id, conversations.tenantId))
    .where(eq(conversations.id, conversationId));
  if (row === undefined) throw new Error(`Conversation ${conversationId} does not exist.`);
  const { keyword, isOptedOut, hasCutText } = row;
  return {
    keyword,
    isOptedOut,
    hasCutText,
    silence: toSilenceReason(row),
    exchanges: readExchanges(row.exchanges),
  };
}
