import { setTimeout as sleep } from "node:timers/promises";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { Spool } from "../../../db/inbound/spool.ts";
import type { InboundEvent } from "../../channels/channel.ts";
import { isUnavailable, Problem } from "../../problem.ts";
import { asksForSilence } from "../asks-for-silence.ts";
import type { IngestEvent } from "../ingest-event.ts";
import { createFirstArrivals } from "../inlined/first-arrivals.ts";
import { createNotInEffect } from "../inlined/inline-event.ts";
import type { IngestWithWorkflowDependencies } from "../inlined/ingest-with-workflow.ts";
import { planUrgent } from "../inlined/plan-inlined.ts";
import type { ReceiptContext } from "../receipt-context.ts";
import { sealEvent } from "./spooled-event.ts";

export interface IngestWithSpoolDependencies extends IngestWithWorkflowDependencies {
  spool: Spool;
}

/** As long as the acknowledgement of a STOP waits for sends that are under way. */
const INLINE_TIMEOUT_MS = 900;

/** A pause of the drain, and the wait for sends that are under way. */
const DRAINED_WITHIN_MS = 1_300;
const ASK_AGAIN_AFTER_MS = 50;

interface Kept {
  /** Null where neither store has it. */
  store: "spool" | "workflow" | null;
  isInEffect: boolean;
}

/**
 * Works like `ingestEvent`, and writes to disk what Postgres does not accept. While the spool holds any entry, every event goes into the
 * spool, so that no message overtakes an earlier one. Only what is urgent takes effect before its turn: Temporal gets it too. An ingress
 * that alone has lost Postgres has it on its own disk, and the workers, which go on sending, store it within milliseconds. A wish for silence
 * is acknowledged when it is in effect, and not when it is kept. Where Temporal cannot say so, the drain may: an entry of another contact
 * can keep the spool in use while Postgres works.
 */
export function createIngestWithSpool({
  ingestEvent,
  inlineEvent,
  spool,
  vault,
  toDatabaseTime,
  log,
}: IngestWithSpoolDependencies): IngestEvent {
  const firstArrivals = createFirstArrivals({ ingestEvent, vault, toDatabaseTime });

  async function keep(
    account: ChannelAccount,
    event: InboundEvent,
    context: ReceiptContext,
    options: { isSpoolInUse: boolean },
  ): Promise<Kept> {
    const drainedUntil = performance.now() + DRAINED_WITHIN_MS;
    const arrived = firstArrivals.recordArrival(account, event, context);
    const start = planUrgent(vault, account, event, arrived);
    const promisesSilence = asksForSilence(event, account);
    const entry = sealEvent(vault, account, { event, context: arrived, start });
    const inline = { isUrgent: true, asksForSilence: promisesSilence, timeoutMs: INLINE_TIMEOUT_MS };
    const [isStored, inlined] = await Promise.all([
      spool.put(entry).then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error }, "the spool rejected an event that Postgres did not accept");
          return false;
        },
      ),
      start === null ? "rejected" : inlineEvent(start, inline),
    ]);
    const isDrained = async () =>
      options.isSpoolInUse &&
      isStored &&
      entry.key !== undefined &&
      (await awaitDrained(entry.key, drainedUntil));
    return {
      store: isStored ? "spool" : inlined === "rejected" ? null : "workflow",
      isInEffect: !promisesSilence || inlined === "accepted" || (await isDrained()),
    };
  }

  /** True when the drain has stored the entry, and the sends that were on their way have begun. */
  async function awaitDrained(key: string, until: number): Promise<boolean> {
    while (spool.holds(key)) {
      if (performance.now() >= until) return false;
      await sleep(ASK_AGAIN_AFTER_MS);
    }
    return true;
  }

  return async function ingestWithSpool(account, event, context) {
    const isSpoolInUse = spool.counts().waiting > 0;
    if (!isSpoolInUse) {
      try {
        return await firstArrivals.ingestEvent(account, event, context);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
    }
    const { store, isInEffect } = await keep(account, event, context, { isSpoolInUse });
    if (store === null)
      throw new Problem("unavailable", "The event cannot be stored right now. Please deliver it again.");
    if (!isInEffect) throw createNotInEffect();
    return store === "spool" ? "spooled" : "inlined";
  };
}
