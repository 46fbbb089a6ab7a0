import { eq, sql } from "drizzle-orm";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import type { Queryable } from "../connection/postgres.ts";
import { selectOptedOut } from "../contacts/consents.ts";
import {
  isOwnAccount,
  SILENCE_COLUMNS,
  type SilenceReason,
  toSilenceReason,
} from "../conversations/silence.ts";
import { SCOPE_COLUMNS, type TurnScope } from "../conversations/transcript.ts";
import { selectLastKeyword } from "../inbound/inbox.ts";
import type { Keyword } from "../inbound/settle-request.ts";
import { selectHasCutText } from "../inbound/message-changes.ts";
import { selectTreatment, type TurnTreatment } from "../inbound/turn-treatment.ts";
import { contacts } from "../schema/contacts.ts";
import { conversations } from "../schema/conversations.ts";
import { channelAccounts, tenants } from "../schema/tenants.ts";
import { turns } from "../schema/turns.ts";
import { type Exchange, readExchanges, selectRecentExchanges } from "./loops.ts";

/** What the store knows about a turn before its plan. */
export interface AdmissionFacts {
  scope: TurnScope;
  keyword: Keyword | null;
  isOptedOut: boolean;
  silence: SilenceReason | null;
  /** The last answered exchanges of the conversation, oldest first. */
  exchanges: Exchange[];
  /** A message of the turn is longer than the limit of its channel. */
  hasCutText: boolean;
  treatment: TurnTreatment;
}

/** Where several participants write in the thread of the conversation, a message that names the assistant is answered. The gate asks the same. */
const IS_PAUSED_FOR_TURN = sql<boolean>`${conversations.pausedAt} IS NOT NULL AND (${conversations.pauseReason} <> 'shared'
  OR NOT is_named_since(${turns.id}, ${conversations.othersWroteAt}))`;

const selectFacts = keepStatement((db: Queryable) => {
  const turnId = sql.placeholder("turnId");
  const { tenantId, channel, accountId, id: conversationId } = conversations;
  const { addressHash } = contacts;
  return (
    db
      .select({
        ...SILENCE_COLUMNS,
        conversationPaused: IS_PAUSED_FOR_TURN,
        scope: SCOPE_COLUMNS,
        keyword: selectLastKeyword(turnId),
        isOptedOut: sql<boolean>`${selectOptedOut({ tenantId, channel, accountId, addressHash })}`,
        exchanges: selectRecentExchanges(sql`${conversationId}`, sql.placeholder("maxExchanges")),
        hasCutText: selectHasCutText(turnId),
        treatment: selectTreatment(turnId),
      })
      .from(turns)
      .innerJoin(conversations, eq(conversations.id, turns.conversationId))
      .innerJoin(contacts, eq(contacts.id, conversations.contactId))
      // A message of an account that was removed has a turn too, which ends with the name of the account.
      .leftJoin(channelAccounts, isOwnAccount())
      .leftJoin(tenants, eq(tenants.id, conversations.tenantId))
      .where(eq(turns.id, turnId))
  );
});

/** One statement, because a turn waits for each. The gate checks consent and silence again before each send. */
export async function readAdmissionFacts(
  db: Queryable,
  turnId: string,
  maxExchanges: number,
): Promise<AdmissionFacts> {
  const [row] = await selectFacts(db, { turnId, maxExchanges });
  if (row === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  const { scope, keyword, isOptedOut, hasCutText, treatment } = row;
  const exchanges = readExchanges(row.exchanges);
  return { scope, keyword, isOptedOut, hasCutText, treatment, silence: toSilenceReason(row), exchanges };
}
