import { EXPLORED_CHANNELS } from "../explored-channels.ts";
import type { Fault } from "../../../../../infra/sandbox/fakes/server/fault-script.ts";
import type { FakeName } from "../../../../../infra/sandbox/fakes/registry.ts";
import { findContacts } from "../../../../../infra/cli/demo/contacts.ts";
import { markerOf } from "../../load/marker.ts";
import { readFiredFaults, scriptFaults } from "../../script-faults.ts";
import type { RoundContext } from "../round-context.ts";
import { awaitHits } from "./await-hits.ts";

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
  {
    fakes,
    path = "/",
    fault,
    forMs,
  }: { fakes: readonly FakeName[]; path?: string; fault: Fault; forMs: number },
): Promise<number> {
  const script = async (items: Parameters<typeof scriptFaults>[1]) =>
    await Promise.all(
      fakes.map(async (name) => await scriptFaults(sandbox.urls[name], items).catch(() => undefined)),
    );
  await script([{ match: { method: "POST", path }, times: null, fault }]);
  const countHits = async () => {
    const fired = fakes.map(async (name) => await readFiredFaults(sandbox.urls[name]).catch(() => []));
    return (await Promise.all(fired)).flat().reduce((sum, times) => sum + times, 0);
  };
  const hits = await awaitHits(forMs, countHits);
  await script([]);
  return hits;
}

/** After an outage of all vendors a new contact writes on each channel: the accepted answer is the evidence that the vendor is well. */
export async function endOutage(
  context: RoundContext,
  { fault, forMs, number }: { fault: Fault; forMs: number; number: number },
): Promise<number> {
  const fired = await scriptFakes(context, { fakes: CHANNEL_FAKES, fault, forMs });
  await context.loader.offer(
    EXPLORED_CHANNELS.map((channel, i) => {
      const marker = markerOf(number + i);
      const from = findContacts(channel).createAddress(number + i);
      return { channel, from, text: `When are you open? (${marker})`, marker, atMs: 0, copies: 1 };
    }),
  );
  return fired;
}
