import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent, OtherAccountEvents, ParsedBody } from "../channel.ts";

/** The event of one piece of a body, and our number, page or account that it belongs to; null where the body does not say. */
export interface AccountEvents {
  externalId: string | null;
  events: InboundEvent[];
}

/** Separates this account's events from those of other accounts. An account without a vendor's id takes all events. */
export function splitByAccount(pieces: readonly AccountEvents[], account: ChannelAccount): ParsedBody {
  const events: InboundEvent[] = [];
  const others: OtherAccountEvents[] = [];
  for (const { externalId, events: found } of pieces) {
    const isOurs = externalId === null || [null, externalId].includes(account.externalId);
    if (isOurs) events.push(...found);
    else others.push({ externalId, events: found });
  }
  return others.length === 0 ? { ok: true, events } : { ok: true, events, otherAccounts: others };
}
