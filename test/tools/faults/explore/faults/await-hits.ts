import { setTimeout as sleep } from "node:timers/promises";

/** On a busy machine, the first answers can come after the end of a short fault. */
const LONGER_MS = 20_000;
const ENOUGH = 3;
const POLL_MS = 250;

/** Waits for the length of a fault, and then until it has hit a few requests, but not for ever. Returns the number of hits. */
export async function awaitHits(forMs: number, countHits: () => Promise<number>): Promise<number> {
  await sleep(forMs);
  const deadline = Date.now() + LONGER_MS;
  for (;;) {
    const hits = await countHits();
    if (hits >= ENOUGH || Date.now() > deadline) return hits;
    await sleep(POLL_MS);
  }
}
