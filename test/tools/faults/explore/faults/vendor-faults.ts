import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../../../../infra/sandbox/fakes/server/fault-script.ts";
import type { FakeName } from "../../../../../infra/sandbox/fakes/registry.ts";
import { scriptFaults } from "../../script-faults.ts";
import type { RoundContext } from "../round-context.ts";

/** The fakes to which replies are sent. */
export const CHANNEL_FAKES = [
  "twilio",
  "sink",
  "telegram",
  "messenger",
  "whatsapp",
  "slack",
  "line",
] as const;

/** The fakes treat every request in this way for a time. A kill of the fakes ends it. */
export async function scriptFakes(
  { faultSandbox: { sandbox } }: RoundContext,
  { fakes, fault, forMs }: { fakes: readonly FakeName[]; fault: Fault; forMs: number },
): Promise<number> {
  const script = async (items: Parameters<typeof scriptFaults>[1]) =>
    await Promise.all(
      fakes.map(async (name) => await scriptFaults(sandbox.urls[name], items).catch(() => undefined)),
    );
  await script([{ match: { method: "POST" }, times: null, fault }]);
  await sleep(forMs);
  await script([]);
  return 1;
}
