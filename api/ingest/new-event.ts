import type { NewAgentReply } from "../../db/agents/store-agent-reply.ts";
import type { NewVendorConsent } from "../../db/contacts/vendor-consents.ts";
import type { NewChange, SharedChange } from "../../db/inbound/message-changes.ts";
import { findChannel } from "../../infra/channels/registry.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundAgentReply, InboundChange, InboundConsent } from "../channels/channel.ts";
import { appendMediaNotes } from "./new-inbound.ts";
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
): NewChange | SharedChange {
  return { ...keyOf(account), ...change, thread, arrivedAt: arrivedAt ?? null };
}

export function toNewConsent(
  account: Account,
  { kind: _kind, needsOptOut, ...consent }: InboundConsent,
  { arrivedAt }: Arrival,
): NewVendorConsent {
  return { ...keyOf(account), ...consent, needsOptOut: needsOptOut === true, arrivedAt: arrivedAt ?? null };
}

export function toNewAgentReply(
  account: Account,
  { kind: _kind, thread = "", text, media = [], ...reply }: InboundAgentReply,
): NewAgentReply {
  const mayOpen = findChannel(account.channel)?.isDirect(thread) ?? thread === "";
  return { ...keyOf(account), ...reply, thread, mayOpen, text: appendMediaNotes(text, media) };
}

export function keyOf({ tenantId, channel, accountId }: Account): Account {
  return { tenantId, channel, accountId };
}
