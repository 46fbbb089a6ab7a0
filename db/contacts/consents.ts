import { and, eq, inArray, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { emitEvent } from "../events/outgoing-events.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { consents } from "../schema/contacts.ts";

/*
 * A consent belongs to a human being on one account. It is stored per address, so that it stays after the contact is erased, and it is asked
 * for and written for all addresses of the human being: person_addresses() in the migrations has the address, and every address of each
 * contact that has it as its own address or as an alias. One opt-out among them silences all.
 */

export interface ConsentKey {
  tenantId: string;
  channel: string;
  accountId: string;
  addressHash: Buffer;
}

export type ConsentState = "opted_out" | "opted_in";

export interface Consent {
  state: ConsentState;
  /** The evidence: "keyword", "blocked", "carrier:21610". */
  source: string;
  /** Of an opt-in: the source of the only opt-outs that it may end. Absent: it ends any opt-out. */
  endsOnly?: string | undefined;
  /** When the contact acted, by the vendor's clock. Null: now. */
  at?: Date | null;
}

/** The sources of opt-ins that the contact wrote. Only such an opt-in ends a STOP that is older and is stored after it. */
const WRITTEN_BY_CONTACT = ["keyword", "advanced_opt_out"];

/** The contact blocked us at the vendor. The weakest opt-out: unblocking us ends it, and every other source replaces it. */
const BLOCKED = "blocked";
/** The codes of vendors for a send to a contact who has blocked us. */
const BLOCK_CODES: ReadonlySet<string> = new Set(["bot_blocked"]);

/** The source of an opt-out that a vendor reports about a send of ours. */
export function toOptOutSource(reporter: "carrier" | "receipt", code: string): string {
  return BLOCK_CODES.has(code) ? BLOCKED : `${reporter}:${code}`;
}

/**
 * Records a consent or an opt-out under the locks of the human being's conversations with this account. A gate that is open now
 * commits first, and every later gate sees the consent. The locks are taken in one order, so that two writers never deadlock. A
 * caller that holds one of them must have taken it with this function.
 */
export async function setConsent(
  db: Queryable,
  key: ConsentKey & { contactId: string },
  consent: Consent,
): Promise<void> {
  // In a transaction of its own or of the caller. Without one the locks would end before the consent is written.
  await db.transaction(async (tx) => {
    await lockSharedConversations(tx, key);
    await writeConsent(tx, key, consent);
  });
}

export async function lockSharedConversations(tx: Queryable, key: ConsentKey): Promise<void> {
  const { tenantId, channel, accountId, addressHash } = key;
  await tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(
      and(
        sql`${conversations.contactId} IN (SELECT person_contacts(${tenantId}, ${channel}, ${addressHash}))`,
        eq(conversations.accountId, accountId),
      ),
    )
    .orderBy(conversations.id)
    .for("update");
}

/** The caller holds the locks. No event is emitted where nothing changes for the human being. */
export async function writeConsent(
  db: Queryable,
  key: ConsentKey & { contactId: string },
  { state, source, endsOnly, at = null }: Consent,
): Promise<void> {
  const { tenantId, channel, accountId, addressHash, contactId } = key;
  const before = await readConsents(db, key);
  const hasTime = at !== null || source === "keyword";
  // A vendor's answer to a send of ours does not say since when the contact is out.
  const saysWhen = hasTime || source === "operator";
  // The later of two opt-outs is the one that an opt-in must not be older than.
  const isOutAgain = sql`c.state = 'opted_out' AND excluded.state = 'opted_out'`;
  await db.execute(sql`
    INSERT INTO consents AS c (tenant_id, channel, account_id, address_hash, state, source, changed_at)
    SELECT ${tenantId}, ${channel}, ${accountId}, address, ${state}, ${source}, ${toChangeTime(at)}
    FROM person_addresses(${tenantId}, ${channel}, ${addressHash}) AS address ORDER BY address
    ON CONFLICT (tenant_id, channel, account_id, address_hash)
    DO UPDATE SET state = excluded.state,
      source = CASE WHEN ${isOutAgain} AND c.source <> ${BLOCKED} THEN c.source ELSE excluded.source END,
      changed_at = CASE WHEN ${isOutAgain} THEN greatest(c.changed_at, excluded.changed_at) ELSE excluded.changed_at END
    WHERE CASE WHEN c.state = 'opted_out' AND excluded.state = 'opted_in'
        THEN c.source = coalesce(${endsOnly ?? null}, c.source) AND NOT ${isAfter(sql`c.changed_at`, at)}
      WHEN ${isOutAgain} THEN ${saysWhen} OR (c.source = ${BLOCKED} AND excluded.source <> ${BLOCKED})
      WHEN excluded.state = 'opted_in' THEN ${hasTime} AND c.changed_at < excluded.changed_at
      ELSE true END`);
  const after = await readConsents(db, key);
  // A START changes nothing for a contact who was not out.
  if (isOut(before) === isOut(after) && (before.length > 0 || source === "keyword")) return;
  const data = { contact_id: contactId, channel, account: accountId, source };
  await emitEvent(db, { tenantId, type: `contact.${state}`, conversationId: null, data });
}

/** A time ahead of our clock would make every event until then look old. */
function toChangeTime(at: Date | null): SQL {
  return at === null ? sql`now()` : sql`least(${at.toISOString()}::timestamptz, now())`;
}

/** Equal milliseconds are no order: of two such changes the one that arrives later counts. */
function isAfter(changedAt: SQLWrapper, at: Date | null): SQL {
  return sql`date_trunc('milliseconds', ${changedAt}) > ${toChangeTime(at)}`;
}

/**
 * The human being's consent, compared with one of this time (null: now). A later opt-out stays, and so does a later opt-in that the contact
 * wrote.
 */
export async function compareConsent(
  db: Queryable,
  key: ConsentKey,
  at: Date | null,
): Promise<"none" | "earlier_opt_out" | "later_opt_out" | "later_opt_in"> {
  const { changedAt, state, source } = consents;
  const isLater = isAfter(changedAt, at);
  const [row] = await db
    .select({
      isLaterOptOut: sql<boolean | null>`bool_or(${isLater}) FILTER (WHERE ${eq(state, "opted_out")})`,
      isLaterOptIn: sql<boolean | null>`bool_or(${isLater} AND ${inArray(source, WRITTEN_BY_CONTACT)})`,
    })
    .from(consents)
    .where(isShared(key));
  const isLaterOptOut = row?.isLaterOptOut ?? null;
  if (isLaterOptOut !== null) return isLaterOptOut ? "later_opt_out" : "earlier_opt_out";
  return row?.isLaterOptIn === true ? "later_opt_in" : "none";
}

export type StoredConsent = Pick<typeof consents.$inferSelect, "state" | "source" | "changedAt">;

/** The consents of all addresses of the human being, locked until the end of the transaction. */
export async function readConsents(db: Queryable, key: ConsentKey): Promise<StoredConsent[]> {
  return await db
    .select({ state: consents.state, source: consents.source, changedAt: consents.changedAt })
    .from(consents)
    .where(isShared(key))
    .orderBy(consents.addressHash)
    .for("update");
}

/** Whether the human being has an opt-out, of this source if one is given. The opt-out may be older than the contact, who can be erased. */
export async function isOptedOut(
  db: Queryable,
  { tenantId, channel, accountId, addressHash }: ConsentKey,
  source: string | null = null,
): Promise<boolean> {
  const { rows } = await db.execute<{ out: boolean }>(
    sql`SELECT ${selectOptedOut({ tenantId, channel, accountId, addressHash }, source)} AS out`,
  );
  return rows[0]?.out === true;
}

/** `isOptedOut` as a part of another statement. */
export function selectOptedOut(
  {
    tenantId,
    channel,
    accountId,
    addressHash,
  }: Readonly<Record<keyof ConsentKey, SQLWrapper | string | Buffer>>,
  source: string | null = null,
): SQL {
  return sql`is_opted_out(${tenantId}, ${channel}, ${accountId}, ${addressHash}, ${source})`;
}

export function isOut(stored: readonly StoredConsent[]): boolean {
  return stored.some(({ state }) => state === "opted_out");
}

function isShared({ tenantId, channel, accountId, addressHash }: ConsentKey): SQL | undefined {
  return and(
    eq(consents.tenantId, tenantId),
    eq(consents.channel, channel),
    eq(consents.accountId, accountId),
    sql`${consents.addressHash} IN (SELECT person_addresses(${tenantId}, ${channel}, ${addressHash}))`,
  );
}
