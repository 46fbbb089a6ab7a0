import { deserialize, serialize } from "node:v8";
import type { Vault } from "../../../db/connection/vault.ts";
import type { SpooledEntry } from "../../../db/inbound/spool.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../../channels/channel.ts";
import { identifyEvent } from "../identify-event.ts";
import { orderingKey } from "../partitions.ts";
import type { InlinedStart } from "../inlined/plan-inlined.ts";
import type { ReceiptContext } from "../receipt-context.ts";

/** An inbound event on disk. Its account is looked up again when the spool is drained. */
export interface SpooledEvent {
  channel: string;
  accountId: string;
  event: InboundEvent;
  context: ReceiptContext;
  /** Of an urgent event: all that Temporal needs. An ingress that starts without Postgres does not know the account. */
  start?: InlinedStart | null;
}

/** Encrypts with the master key, because the contact's own key is in Postgres. */
export function sealEvent(
  vault: Vault,
  account: Pick<ChannelAccount, "tenantId" | "channel" | "accountId">,
  { event, context, start }: Pick<SpooledEvent, "event" | "context"> & { start: InlinedStart | null },
): SpooledEntry {
  const { tenantId, channel, accountId } = account;
  const spooled: SpooledEvent = { channel, accountId, event, context, start };
  const text = serialize(spooled).toString("base64");
  const partition = vault.hash(`spool\n${channel}/${accountId}\n${orderingKey(event)}`).toString("base64url");
  const sealed = vault.sealForTenant(tenantId, "spooled", text);
  const key = identifyEvent(vault, account, event);
  return { tenantId, partition, isUrgent: start !== null, sealed, ...(key !== null && { key }) };
}

/** Throws if the entry was sealed with a key that this installation does not have. */
export function openEvent(
  vault: Vault,
  { tenantId, sealed }: Pick<SpooledEntry, "tenantId" | "sealed">,
): SpooledEvent {
  const text = vault.openForTenant(tenantId, "spooled", sealed);
  return deserialize(Buffer.from(text, "base64")) as SpooledEvent;
}
