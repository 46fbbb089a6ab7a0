import { deserialize, serialize } from "node:v8";
import type { ChannelAccount } from "../db/channel-account.ts";
import type { Spool, SpooledEntry } from "../db/spool.ts";
import type { Vault } from "../db/vault.ts";
import type { InboundEvent } from "./channels/channel.ts";
import { Problem } from "./problem.ts";
import type { Arrival, TakeEvent } from "./take-event.ts";

/** One item of a webhook as it waits on disk; whose it is, is looked up again when it comes out. */
export interface SpooledEvent {
  channel: string;
  accountId: string;
  event: InboundEvent;
  arrival: Arrival;
}

export interface SpooledTakeEventDependencies {
  takeEvent: TakeEvent;
  spool: Spool;
  vault: Vault;
  log: { warn(details: object, message: string): void };
}

/**
 * Takes an item as `takeEvent` does, and keeps on disk what no store takes. While anything waits there everything goes there, so that
 * nobody's message passes an earlier one.
 */
export function createSpooledTakeEvent({
  takeEvent,
  spool,
  vault,
  log,
}: SpooledTakeEventDependencies): TakeEvent {
  async function keep(account: ChannelAccount, event: InboundEvent, arrival: Arrival): Promise<string> {
    const { channel, accountId } = account;
    try {
      await spool.put(sealEvent(vault, account.tenantId, { channel, accountId, event, arrival }));
    } catch (error) {
      log.warn({ err: error }, "the spool could not take an item either");
      throw new Problem("unavailable", "Nothing here can keep it right now. Please deliver it again.");
    }
    return "spooled";
  }

  return async function spooledTakeEvent(account, event, arrival) {
    if (spool.counts().waiting > 0) return await keep(account, event, arrival);
    try {
      return await takeEvent(account, event, arrival);
    } catch (error) {
      if (!(error instanceof Problem && error.code === "unavailable")) throw error;
      return await keep(account, event, arrival);
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
