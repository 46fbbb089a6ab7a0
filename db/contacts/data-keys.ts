import { eq } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { KeyOwner } from "../connection/vault.ts";
import { contacts } from "../schema/contacts.ts";

/** The keys of a contact were destroyed or replaced since they were read. The same call succeeds with the present ones. */
export class KeyChanged extends Error {
  override readonly name = "KeyChanged";
  constructor() {
    super("The data key of a contact has changed.");
  }
}

/**
 * Throws `KeyChanged` where the row does not have these keys any more. Under the lock of the conversation's row they cannot change
 * before the commit.
 */
export async function requireSameKey(tx: Queryable, owner: KeyOwner): Promise<void> {
  const [row] = await tx
    .select({ dataKey: contacts.dataKey })
    .from(contacts)
    .where(eq(contacts.id, owner.contactId));
  if (!isSameKey(row?.dataKey ?? null, owner.dataKey)) throw new KeyChanged();
}

export function isSameKey(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}

const KEY_ATTEMPTS = 3;

/** Repeats work that lost a race with the end of a contact's keys. */
export async function withPresentKey<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KeyChanged) || attempt === KEY_ATTEMPTS) throw error;
    }
  }
}
