import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, type TestContext } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { createDrainSpool, type DrainSpoolDependencies } from "../../../api/ingest/spool/drain-spool.ts";
import { planUrgent } from "../../../api/ingest/inlined/plan-inlined.ts";
import { sealEvent } from "../../../api/ingest/spool/spooled-event.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { sampleAccount } from "../channels/samples.ts";

/** The error of drizzle: the one of PostgreSQL is its cause. */
export const failWith = (code: string, fields: object = {}) =>
  new Error("Failed query", { cause: Object.assign(new Error("refused"), { code, ...fields }) });

export const messageOf = (id: string, from = "ann"): InboundEvent => ({
  kind: "message",
  origin: "typed",
  providerMessageId: id,
  from,
  text: id,
  providerTime: null,
});

export interface Draining extends Partial<Pick<DrainSpoolDependencies, "findAccount" | "starter">> {
  events: readonly InboundEvent[];
  retryRefusedMs?: number;
  /** The failure of a try at Postgres, or null. */
  failOf(tried: { event: InboundEvent; tries: number }): Error | null | Promise<null>;
}

const NO_TEMPORAL = { startMessage: () => Promise.reject(new Error("UNAVAILABLE")) };

/** A spool with these events, and a drain without real stores. The caller starts the drain; the end of the test stops it. */
export async function openDrain({ onTestFinished }: TestContext, { events, failOf, ...options }: Draining) {
  const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  const spool = openSpool({ folder, limitBytes: 10_000_000 });
  const account = sampleAccount({ tenantId: "main", channel: "webhook" });
  const context = { receivedAt: new Date(), arrivedAt: new Date(), quietMs: 0 };
  const stored: string[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  let tries = 0;
  const put = async (event: InboundEvent) => {
    const start = planUrgent(vault, account, event, context);
    await spool.put(sealEvent(vault, account, { event, context, start }));
  };
  await Promise.all(events.map(put));
  const drain = createDrainSpool({
    spool,
    vault,
    findAccount: async () => ({ ...account, disabled: false }),
    async ingestEvent(_account, event) {
      tries++;
      const failure = await failOf({ event, tries });
      if (failure !== null) throw failure;
      stored.push(idOf(event));
      return "stored";
    },
    starter: NO_TEMPORAL,
    log: {
      info: () => undefined,
      warn: (_details, message) => void warnings.push(message),
      error: (_details, message) => void errors.push(message),
    },
    retryRefusedMs: 20,
    ...options,
  });
  onTestFinished(async () => {
    await drain.stop();
    spool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { drain, spool, vault, stored, errors, warnings, put, countTries: () => tries };
}

export function idOf(event: InboundEvent): string {
  return "providerMessageId" in event ? event.providerMessageId : event.kind;
}
