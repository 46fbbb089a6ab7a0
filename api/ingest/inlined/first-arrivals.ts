import type { Vault } from "../../../db/connection/vault.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../../channels/channel.ts";
import { parseConsentKeyword } from "../consent-keyword.ts";
import { identifyEvent } from "../identify-event.ts";

/** More consents than arrive in a long outage; about a megabyte. */
const REMEMBERED = 10_000;

/**
 * When consents without a time arrived first that only a workflow has. If one is delivered again when Postgres is back, a worker may not have
 * stored the first delivery yet: with the time of the second one, a STOP would end a START that the contact wrote in between.
 */
export function createFirstArrivals(vault: Pick<Vault, "hash">) {
  const arrivals = new Map<string, Date>();

  function identify(account: ChannelAccount, event: InboundEvent): string | null {
    return isUntimedConsent(account, event) ? identifyEvent(vault, account, event) : null;
  }

  return {
    remember(account: ChannelAccount, event: InboundEvent, arrivedAt: Date): void {
      const id = identify(account, event);
      if (id === null || arrivals.has(id)) return;
      const [oldest] = arrivals.size < REMEMBERED ? [] : arrivals.keys();
      if (oldest !== undefined) arrivals.delete(oldest);
      arrivals.set(id, arrivedAt);
    },
    find(account: ChannelAccount, event: InboundEvent): Date | undefined {
      const id = arrivals.size === 0 ? null : identify(account, event);
      return id === null ? undefined : arrivals.get(id);
    },
    forget(account: ChannelAccount, event: InboundEvent): void {
      const id = identify(account, event);
      if (id !== null) arrivals.delete(id);
    },
  };
}

function isUntimedConsent({ settings }: ChannelAccount, event: InboundEvent): boolean {
  if (event.kind !== "consent" && event.kind !== "message") return false;
  if ((event.providerTime ?? null) !== null) return false;
  return event.kind === "consent" || parseConsentKeyword(event.text, settings.keywords) !== null;
}
