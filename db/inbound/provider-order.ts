import { type SQL, sql } from "drizzle-orm";
import { inbox } from "../schema/conversations.ts";

export interface Ordered {
  providerTime: Date | null;
  providerSequence: number | null;
  receivedAt: Date;
  seq: number;
}

/**
 * The order in which a contact wrote, by the provider's evidence: its clock, then its numbering within one time of that
 * clock, then our order of arrival. The rule exists twice, for rows in memory and for rows in Postgres.
 */
export function compareProviderOrder(a: Ordered, b: Ordered): number {
  return (
    toProviderTimeMs(a) - toProviderTimeMs(b) ||
    (a.providerSequence ?? 0) - (b.providerSequence ?? 0) ||
    a.seq - b.seq
  );
}

export const PROVIDER_ORDER: readonly SQL[] = [
  sql`coalesce(${inbox.providerTime}, ${inbox.receivedAt})`,
  sql`coalesce(${inbox.providerSequence}, 0)`,
  sql`${inbox.seq}`,
];

function toProviderTimeMs({ providerTime, receivedAt }: Ordered): number {
  return (providerTime ?? receivedAt).getTime();
}
