import type { Vault } from "../../../db/connection/vault.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../../channels/channel.ts";
import { isUnavailable } from "../../problem.ts";
import { readRequest } from "../../consent/read-request.ts";
import { identifyEvent } from "../identify-event.ts";
import type { IngestEvent } from "../ingest-event.ts";
import type { ReceiptContext } from "../receipt-context.ts";
import type { ArrivedContext } from "./plan-inlined.ts";

export interface FirstArrivalsDependencies {
  ingestEvent: IngestEvent;
  vault: Pick<Vault, "hash">;
  /** The database's clock, which this process estimates. */
  toDatabaseTime(time: Date): Date;
}

/** More consents than arrive in a long outage; about a megabyte. */
const REMEMBERED = 10_000;

/**
 * When consents without a time arrived first that Postgres did not accept. If one is delivered again when Postgres is back, the first delivery
 * may not be stored yet, or never be: with the time of the second one, a STOP would end a START that the contact wrote in between.
 */
export function createFirstArrivals({ ingestEvent, vault, toDatabaseTime }: FirstArrivalsDependencies) {
  const arrivals = new Map<string, Date>();

  function identify(account: ChannelAccount, event: InboundEvent): string | null {
    return isUntimedConsent(account, event) ? identifyEvent(vault, account, event) : null;
  }

  function remember(id: string, arrivedAt: Date): void {
    const [oldest] = arrivals.size < REMEMBERED ? [] : arrivals.keys();
    if (oldest !== undefined) arrivals.delete(oldest);
    arrivals.set(id, arrivedAt);
  }

  return {
    /** Works like the given `ingestEvent`, with the time of the first arrival. */
    async ingestEvent(
      account: ChannelAccount,
      event: InboundEvent,
      context: ReceiptContext,
    ): Promise<string> {
      const id = arrivals.size === 0 ? null : identify(account, event);
      const arrivedAt = id === null ? undefined : arrivals.get(id);
      try {
        return await ingestEvent(
          account,
          event,
          arrivedAt === undefined ? context : { ...context, arrivedAt },
        );
      } catch (error) {
        // An event with the time of an earlier delivery is not set aside where it can never be stored. Its next delivery is.
        if (id !== null && !isUnavailable(error)) arrivals.delete(id);
        throw error;
      }
    },
    /** Called before an event that Postgres did not accept goes elsewhere: whether it arrived there may stay unknown. */
    recordArrival(account: ChannelAccount, event: InboundEvent, context: ReceiptContext): ArrivedContext {
      const id = identify(account, event);
      const first = id === null ? undefined : arrivals.get(id);
      const arrivedAt = first ?? toDatabaseTime(context.receivedAt);
      if (id !== null && first === undefined) remember(id, arrivedAt);
      return { ...context, arrivedAt };
    },
  };
}

function isUntimedConsent(account: ChannelAccount, event: InboundEvent): boolean {
  if (event.kind !== "consent" && event.kind !== "message") return false;
  if ((event.providerTime ?? null) !== null) return false;
  return event.kind === "consent" || readRequest(event, account) !== null;
}
