import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Spool } from "../../db/inbound/spool.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { isUnavailable, Problem } from "../problem.ts";
import type { IngestEvent } from "./ingest-event.ts";
import type { ReceiptContext } from "./receipt-context.ts";
import { sealEvent } from "./spooled-event.ts";

export interface IngestWithSpoolDependencies {
  ingestEvent: IngestEvent;
  spool: Spool;
  vault: Vault;
  log: { warn(details: object, message: string): void };
}

/**
 * Works like `ingestEvent`, and writes to disk what no store accepts. While the spool holds any entry, every event goes into the
 * spool, so that no message overtakes an earlier one.
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
      log.warn({ err: error }, "the spool rejected an event that no store accepted");
      throw new Problem("unavailable", "The event cannot be stored right now. Please deliver it again.");
    }
    return "spooled";
  }

  return async function ingestWithSpool(account, event, context) {
    if (spool.counts().waiting > 0) return await storeInSpool(account, event, context);
    try {
      return await ingestEvent(account, event, context);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return await storeInSpool(account, event, context);
    }
  };
}
