import { and, eq, sql } from "drizzle-orm";
import type { Queryable } from "./postgres.ts";
import { consents } from "./schema.ts";

export interface ConsentKey {
  tenantId: string;
  channel: string;
  accountId: string;
  addressHash: Buffer;
}

export type ConsentState = "opted_out" | "opted_in";

/** Records what a person wants; `source` says how we know ("keyword", "carrier:21610"). */
export async function setConsent(
  db: Queryable,
  key: ConsentKey,
  { state, source }: { state: ConsentState; source: string },
): Promise<void> {
  await db
    .insert(consents)
    .values({ ...key, state, source })
    .onConflictDoUpdate({
      target: [consents.tenantId, consents.channel, consents.accountId, consents.addressHash],
      set: { state, source, changedAt: sql`now()` },
    });
}

export async function isOptedOut(db: Queryable, key: ConsentKey): Promise<boolean> {
  const [row] = await db
    .select({ state: consents.state })
    .from(consents)
    .where(
      and(
        eq(consents.tenantId, key.tenantId),
        eq(consents.channel, key.channel),
        eq(consents.accountId, key.accountId),
        eq(consents.addressHash, key.addressHash),
      ),
    );
  return row?.state === "opted_out";
}
