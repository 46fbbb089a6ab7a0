import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent, OtherAccountEvents, ParsedBody } from "../channel.ts";

/** What one piece of a body says, and to which number, page or account of ours; null where it cannot be told. */
export interface AccountEvents {
  externalId: string | null;
  events: InboundEvent[];
}

/** Tells apart what is this account's and what is for another sender. An account without an id of the vendor's takes everything. */
export function splitByAccount(pieces: readonly AccountEvents[], account: ChannelAccount): ParsedBody {
  const events: InboundEvent[] = [];
  const others: OtherAccountEvents[] = [];
  for (const { externalId, events: told } of pieces) {
    const isOurs = externalId === null || [null, externalId].includes(account.externalId);
    if (isOurs) events.push(...told);
    else others.push({ externalId, events: told });
  }
  return others.length === 0 ? { ok: true, events } : { ok: true, events, otherAccounts: others };
}
