import { deserialize, serialize } from "node:v8";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Spool, SpooledEntry } from "../../db/inbound/spool.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import type { ReceiptContext, IngestEvent } from "./ingest-event.ts";

/** One item of a webhook as it waits on disk; whose it is, is looked up again when it comes out. */
export interface SpooledEvent {
  channel: string;
  accountId: string;
  event: InboundEvent;
  context: ReceiptContext;
}

export interface IngestWithSpoolDependencies {
  ingestEvent: IngestEvent;
  spool: Spool;
  vault: Vault;
  log: { warn(details: object, message: string): void };
}

/**
 * Takes an item as `takeEvent` does, and keeps on disk what no store takes. While anything waits there everything goes there, so that
 * nobody's message passes an earlier one.
 */
export function createIngestWithSpool({
  ingestEvent,
  spool,
  vault,
  log,
}: IngestWithSpoolDependencies): IngestEvent {
  async function storeInSpool(
    account: ChannelAccount,
    event: InboundEvent,
    context: ReceiptContext,
  ): Promise<string> {
    const { channel, accountId } = account;
    try {
      await spool.put(sealEvent(vault, account.tenantId, { channel, accountId, event, context }));
    } catch (error) {
      log.warn({ err: error }, "the spool could not take an item either");
      throw new Problem("unavailable", "Nothing here can keep it right now. Please deliver it again.");
    }
    return "spooled";
  }

  return async function ingestWithSpool(account, event, context) {
    if (spool.counts().waiting > 0) return await storeInSpool(account, event, context);
    try {
      return await ingestEvent(account, event, context);
    } catch (error) {
      if (!(error instanceof Problem && error.code === "unavailable")) throw error;
      return await storeInSpool(account, event, context);
    }
  };
}

/** Under the master key: the person's own key is in Postgres. */
export function sealEvent(vault: Vault, tenantId: string, spooled: SpooledEvent): SpooledEntry {
  const text = serialize(spooled).toString("base64");
  return { tenantId, sealed: vault.sealForTenant(tenantId, "spooled", text) };
}

export function openEvent(vault: Vault, { tenantId, sealed }: SpooledEntry): SpooledEvent {
  const text = vault.openForTenant(tenantId, "spooled", sealed);
  return deserialize(Buffer.from(text, "base64")) as SpooledEvent;
}
