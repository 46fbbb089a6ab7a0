import type { ChannelAccount } from "../../../db/channel-account.ts";
import type { InboundEvent, OtherSender, ParsedBody } from "../channel.ts";

/** What one piece of a body says, and to which number, page or account of ours; null where it cannot be told. */
export interface SenderEvents {
  externalId: string | null;
  events: InboundEvent[];
}

/** Tells apart what is this account's and what is for another sender. An account without an id of the vendor's takes everything. */
export function bySender(pieces: readonly SenderEvents[], account: ChannelAccount): ParsedBody {
  const events: InboundEvent[] = [];
  const others: OtherSender[] = [];
  for (const { externalId, events: told } of pieces) {
    const isOurs = externalId === null || [null, externalId].includes(account.externalId);
    if (isOurs) events.push(...told);
    else others.push({ externalId, events: told });
  }
  return others.length === 0 ? { ok: true, events } : { ok: true, events, others };
}
