import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { awaitAllFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import type { Spool } from "../../db/inbound/spool.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { isUnavailable, Problem } from "../problem.ts";
import { asksForSilence } from "./asks-for-silence.ts";
import type { IngestEvent } from "./ingest-event.ts";
import type { ReceiptContext } from "./receipt-context.ts";
import { sealEvent } from "./spooled-event.ts";

export interface IngestWithSpoolDependencies {
  ingestEvent: IngestEvent;
  spool: Spool;
  vault: Vault;
  /** The database's clock, which this process estimates. */
  toDatabaseTime(time: Date): Date;
  log: { warn(details: object, message: string): void };
}

/**
 * Works like `ingestEvent`, and writes to disk what Postgres does not accept. While the spool holds any entry, every event goes into the
 * spool, so that no message overtakes an earlier one.
 */
export function createIngestWithSpool({
  ingestEvent,
  spool,
  vault,
  toDatabaseTime,
  log,
}: IngestWithSpoolDependencies): IngestEvent {
  async function storeInSpool(
    account: ChannelAccount,
    event: InboundEvent,
    context: ReceiptContext,
  ): Promise<string> {
    const arrivedAt = toDatabaseTime(context.receivedAt);
    try {
      const stored = spool.put(sealEvent(vault, account, { event, context: { ...context, arrivedAt } }));
      // The marks of sends that passed the gate before the outage are in Postgres and cannot be read now.
      await Promise.all([stored, asksForSilence(event, account) ? awaitAllFreshMarks() : null]);
    } catch (error) {
      log.warn({ err: error }, "the spool rejected an event that no store accepted");
      throw new Problem("unavailable", "The event cannot be stored right now. Please deliver it again.");
    }
    return "spooled";
  }

  return async function ingestWithSpool(account, event, context) {
    if (spool.counts().waiting > 0) return await storeInSpool(account, event, context);
    try {
      return await ingestEvent(account, event, { ...context, hasSpool: true });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return await storeInSpool(account, event, context);
    }
  };
}
