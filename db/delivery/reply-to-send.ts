import { asc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { SCOPE_COLUMNS, type TurnScope } from "../conversations/transcript.ts";
import { isOwnAccount } from "../conversations/silence.ts";
import { PROVIDER_ORDER } from "../inbound/provider-order.ts";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import { contacts } from "../schema/contacts.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { channelAccounts } from "../schema/tenants.ts";
import { turns } from "../schema/turns.ts";
import { openAccount, type StoredAccount, type UnreadableAccount } from "../tenants/accounts.ts";
import { type Delivery, openDelivery, selectDelivery } from "./deliveries.ts";

/** All that the delivery of a turn reads before its gate. */
export interface ReplyToSend {
  scope: TurnScope;
  /** Null where the conversation's account does not exist. */
  account: StoredAccount | UnreadableAccount | null;
  /** The vendor's ids of the messages that the turn answers, in the order in which they were written. */
  inReplyTo: readonly string[];
  /** Encrypted, as `turns.context` has it. */
  sealedContext: Buffer | null;
  /** In order. Empty for a turn of silence, and where the database has lost the reply. */
  parts: Delivery[];
}

/** One statement, with a row for each part. */
const selectReply = keepStatement((db: Queryable) =>
  db
    .select({
      scope: SCOPE_COLUMNS,
      account: getTableColumns(channelAccounts),
      inReplyTo: sql<
        string[]
      >`ARRAY(SELECT ${inbox.providerMessageId} FROM ${inbox} WHERE ${inbox.turnId} = ${turns.id}
        ORDER BY ${sql.join([...PROVIDER_ORDER], sql`, `)})`,
      sealedContext: turns.context,
      part: selectDelivery(),
    })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .leftJoin(channelAccounts, isOwnAccount())
    .leftJoin(deliveries, eq(deliveries.turnId, turns.id))
    .where(eq(turns.id, sql.placeholder("turnId")))
    .orderBy(asc(deliveries.part)),
);

export async function findReplyToSend(db: Queryable, vault: Vault, turnId: string): Promise<ReplyToSend> {
  const rows = await selectReply(db, { turnId });
  const [first] = rows;
  if (first === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  const { scope, account, inReplyTo, sealedContext } = first;
  return {
    scope,
    account: account === null ? null : openAccount(vault, account),
    inReplyTo,
    sealedContext,
    parts: rows.flatMap(({ part }) => (part === null ? [] : [openDelivery(vault, scope, part)])),
  };
}
