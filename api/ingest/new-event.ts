import type { NewVendorConsent } from "../../db/contacts/vendor-consents.ts";
import type { NewChange, NewDeletion } from "../../db/inbound/message-changes.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { NewVendorReply } from "../../db/turns/agent-replies.ts";
import type { InboundAgentReply, InboundChange, InboundConsent } from "../channels/channel.ts";
import type { ReceiptContext } from "./receipt-context.ts";

/*
 * Inbound events as the database stores them. An event that comes out of the spool or out of a workflow has the time of its arrival. An
 * event that arrives now has none, and the database's clock counts.
 */

type Account = Pick<ChannelAccount, "tenantId" | "channel" | "accountId">;
type Arrival = Pick<ReceiptContext, "arrivedAt">;

export function toNewChange(
  account: Account,
  { thread = "", ...change }: InboundChange,
  { arrivedAt }: Arrival,
): NewChange | NewDeletion {
  return { ...keyOf(account), ...change, thread, arrivedAt: arrivedAt ?? null };
}

export function toNewConsent(
  account: Account,
  { kind: _kind, needsOptOut, ...consent }: InboundConsent,
  { arrivedAt }: Arrival,
): NewVendorConsent {
  return { ...keyOf(account), ...consent, needsOptOut: needsOptOut === true, arrivedAt: arrivedAt ?? null };
}

export function toNewVendorReply(
  account: Account,
  { kind: _kind, ...reply }: InboundAgentReply,
): NewVendorReply {
  return { ...keyOf(account), ...reply };
}

export function keyOf({ tenantId, channel, accountId }: Account): Account {
  return { tenantId, channel, accountId };
}
