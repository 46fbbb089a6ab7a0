import { sql } from "drizzle-orm";
import { findConversationOf } from "../../../../support/find-conversation.ts";
import type { CampaignContext } from "../../run-under-load.ts";

/** One way in which an acknowledged message cannot be answered, however often it is tried, until somebody mends it. */
export interface PoisonKind {
  kind: string;
  /** The account it is posted to, where that is what breaks. */
  accountId?: string;
  /** What its dead letter says. */
  reason: string;
  /** Breaks what the message needs, in its quiet window; gives the way to mend it. */
  poison(scene: CampaignContext, providerMessageId: string): Promise<() => Promise<void>>;
}

export const POISON_ACCOUNT = "doomed";

/** The person's key is gone: not a word of theirs opens any more. */
const keyDestroyed: PoisonKind = {
  kind: "a person's key destroyed",
  reason: "poison:unreadable",
  async poison({ faultSandbox: { db } }, id) {
    const { contactId } = await findConversationOf(db, id);
    const { rows } = await db.execute<{ key: string }>(
      sql`SELECT encode(data_key, 'hex') AS key FROM contacts WHERE id = ${contactId}::uuid`,
    );
    const write = async (hex: string) =>
      await db.execute(
        sql`UPDATE contacts SET data_key = decode(${hex}, 'hex') WHERE id = ${contactId}::uuid`,
      );
    await write("01".repeat(60));
    return async () => void (await write(rows[0]?.key ?? ""));
  },
};

/** The account is removed while an answer to it is being made. */
const accountRemoved: PoisonKind = {
  kind: "an account removed",
  accountId: POISON_ACCOUNT,
  reason: "poison:not_configured",
  async poison({ faultSandbox: { db } }) {
    const move = async (from: string, to: string) =>
      await db.execute(sql`UPDATE channel_accounts SET id = ${to} WHERE id = ${from}`);
    await move(POISON_ACCOUNT, `${POISON_ACCOUNT}-away`);
    return async () => void (await move(`${POISON_ACCOUNT}-away`, POISON_ACCOUNT));
  },
};

/** Its row does not fit its line in the transcript any more: a step asks Postgres for what it refuses. */
const rowDamaged: PoisonKind = {
  kind: "a row damaged",
  reason: "poison:not_storable",
  async poison({ faultSandbox: { db } }, id) {
    const shift = async (hours: number) =>
      await db.execute(sql`
        UPDATE inbox SET received_at = received_at + make_interval(hours => ${hours}) WHERE provider_message_id = ${id}`);
    await shift(1);
    return async () => void (await shift(-1));
  },
};

export const POISONS: readonly PoisonKind[] = [keyDestroyed, accountRemoved, rowDamaged];
