import { sql } from "drizzle-orm";
import { findConversationOf } from "../../../../support/find-conversation.ts";
import type { CampaignContext } from "../../run-under-load.ts";

/** A reason why every attempt to answer an acknowledged message fails until an operator repairs it. */
export interface PoisonKind {
  kind: string;
  /** The account that the message is posted to, when the account is broken. */
  accountId?: string;
  /** The reason of the dead letter. */
  reason: string;
  /** Breaks the message during its quiet window. Returns a function that repairs it. */
  poison(context: CampaignContext, providerMessageId: string): Promise<() => Promise<void>>;
}

export const POISON_ACCOUNT = "doomed";

/** The data key of the contact is destroyed: no text of the contact can be decrypted. */
const keyDestroyed: PoisonKind = {
  kind: "a data key destroyed",
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

/** The account is removed while a reply is being prepared. */
const accountRemoved: PoisonKind = {
  kind: "an account removed",
  accountId: POISON_ACCOUNT,
  reason: "poison:not_configured",
  async poison({ faultSandbox: { db } }) {
    const move = async (from: string, to: string) =>
      await db.execute(sql`UPDATE channel_accounts SET id = ${to} WHERE id = ${from}`);
    await move(POISON_ACCOUNT, `${POISON_ACCOUNT}-removed`);
    return async () => void (await move(`${POISON_ACCOUNT}-removed`, POISON_ACCOUNT));
  },
};

/** The inbox row no longer matches its line in the transcript, so PostgreSQL rejects a statement of a step. */
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
