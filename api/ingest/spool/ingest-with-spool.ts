import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { Spool } from "../../../db/inbound/spool.ts";
import type { InboundEvent } from "../../channels/channel.ts";
import { isUnavailable, Problem } from "../../problem.ts";
import { asksForSilence } from "../asks-for-silence.ts";
import type { IngestEvent } from "../ingest-event.ts";
import { createNotInEffect } from "../inline-event.ts";
import type { IngestWithWorkflowDependencies } from "../ingest-with-workflow.ts";
import { planUrgent } from "../plan-inlined.ts";
import type { ReceiptContext } from "../receipt-context.ts";
import { sealEvent } from "./spooled-event.ts";

export interface IngestWithSpoolDependencies extends IngestWithWorkflowDependencies {
  spool: Spool;
}

/** As long as the acknowledgement of a STOP waits for sends that are under way. */
const INLINE_TIMEOUT_MS = 900;

/**
 * Works like `ingestEvent`, and writes to disk what Postgres does not accept. While the spool holds any entry, every event goes into the
 * spool, so that no message overtakes an earlier one. Only what is urgent takes effect before its turn: Temporal gets it too. An ingress
 * that alone has lost Postgres has it on its own disk, and the workers, which go on sending, store it within milliseconds. A wish for silence
 * is acknowledged when it is in effect, and not when it is kept.
 */
export function createIngestWithSpool({
  ingestEvent,
  inlineEvent,
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
    const arrived = { ...context, arrivedAt: toDatabaseTime(context.receivedAt) };
    const start = planUrgent(vault, account, event, arrived);
    const promisesSilence = asksForSilence(event, account);
    const options = { asksForSilence: promisesSilence, timeoutMs: INLINE_TIMEOUT_MS };
    const [isStored, inlined] = await Promise.all([
      spool.put(sealEvent(vault, account, { event, context: arrived, start })).then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error }, "the spool rejected an event that Postgres did not accept");
          return false;
        },
      ),
      start === null ? "rejected" : inlineEvent(start, options),
    ]);
    const isKept = isStored || inlined !== "rejected";
    if (isKept && promisesSilence && inlined !== "accepted") throw createNotInEffect();
    if (isStored) return "spooled";
    if (isKept) return "inlined";
    throw new Problem("unavailable", "The event cannot be stored right now. Please deliver it again.");
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
