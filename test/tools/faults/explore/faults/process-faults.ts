import { setTimeout as sleep } from "node:timers/promises";
import type { RemoteEnd } from "../../campaigns/lost-responses/open-edges.ts";
import { freeze } from "../../environment/freeze.ts";
import { killService } from "../../kill-service.ts";
import type { Toxic } from "../../proxy/toxic.ts";
import type { RoundContext } from "../round-context.ts";
import { awaitHits } from "./await-hits.ts";

const RESTART_WITHIN_MS = 90_000;
const AGAIN_AFTER_MS = 500;

/** kill -9, and a restart after the given time. */
export async function killAndRestart(context: RoundContext, victim: string, downMs: number): Promise<number> {
  const killed = await killService(context.faultSandbox.sandbox, victim);
  await sleep(downMs);
  await restart(context, victim);
  return killed;
}

/** A process may end while it starts, because another fault has taken a store from it. A supervisor starts it again. */
async function restart({ faultSandbox: { sandbox } }: RoundContext, name: string): Promise<void> {
  for (const deadline = Date.now() + RESTART_WITHIN_MS; ;) {
    try {
      await sandbox.restart(name);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

export async function freezeFor(
  { faultSandbox: { sandbox } }: RoundContext,
  victim: string,
  ms: number,
): Promise<number> {
  const pid = sandbox.pidOf(victim);
  if (pid === null) throw new Error(`No process is named ${victim}.`);
  const { stopped, thaw } = await freeze(pid);
  try {
    await sleep(ms);
  } finally {
    thaw();
  }
  return stopped > 0 ? 1 : 0;
}

/** The responses of a server to the worker are lost or late. Counts the requests that it hit. */
export async function loseResponses(
  { edges }: RoundContext,
  { to, toxic, forMs }: { to: RemoteEnd; toxic: Toxic; forMs: number },
): Promise<number> {
  const hit = edges.list.filter((edge) => edge.to === to && edge.from === "worker");
  const count = () =>
    hit.flatMap(({ proxy }) => Object.values(proxy.counts())).reduce((sum, times) => sum + times, 0);
  const before = count();
  for (const { proxy } of hit) await proxy.inject([toxic]);
  const hits = await awaitHits(forMs, async () => count() - before);
  for (const { proxy } of hit) await proxy.heal();
  return hits;
}

/** The clock of one process is ahead; those of all other processes and of the database are right. */
export async function skewClock(
  { clocks }: RoundContext,
  process: string,
  { aheadS, forMs }: { aheadS: number; forMs: number },
): Promise<number> {
  const clock = clocks.get(process);
  if (clock === undefined) throw new Error(`The clock of ${process} cannot be skewed.`);
  clock.set(aheadS);
  await sleep(forMs);
  clock.set(0);
  return 1;
}
