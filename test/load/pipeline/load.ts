import type { Contestant } from "./contestant.ts";
import type { Steps } from "./steps.ts";

/** As much as it can take, so many at once, for so long; or so many on a fixed schedule, however long each takes. */
export type LoadOrder = { modelMs: number } & (
  | { kind: "full"; inFlight: number; seconds: number }
  | { kind: "paced"; ratePerS: number; messages: number }
);

export interface LoadResult {
  messages: number;
  /** Until everything about every one of them was written. */
  elapsedMs: number;
  /** From the moment when a message was due to the end of its `deliver`, the model's time included. */
  latenciesMs: number[];
}

interface Loaded {
  contestant: Contestant;
  steps: Steps;
}

/** Enough to say how fast; without a server to wait for there would be a million. */
const MOST_MESSAGES = 20_000;

let count = 0;

/** Runs in the contestant's process, as ingress and worker of a small installation do; it costs 0.1 CPU-ms a message. */
export async function load({ contestant, steps }: Loaded, order: LoadOrder): Promise<LoadResult> {
  steps.setModelMs(order.modelMs);
  const ids: string[] = [];
  const ends: Promise<unknown>[] = [];
  const latenciesMs: number[] = [];
  const one = async (due: number) => {
    const id = `${process.pid}-${count++}`;
    const delivered = steps.delivered(id);
    const end = contestant.handle(id);
    ids.push(id);
    ends.push(end);
    // One that failed delivers nothing, and must not be waited for.
    await Promise.race([delivered, end.then(() => delivered)]);
    latenciesMs.push(performance.now() - due);
  };
  const begin = performance.now();
  await (order.kind === "full" ? full(order, one, () => ids.length < MOST_MESSAGES) : paced(order, one));
  await Promise.all(ends);
  await contestant.settle?.(ids);
  return { messages: ids.length, elapsedMs: performance.now() - begin, latenciesMs };
}

type One = (due: number) => Promise<void>;

async function full(
  { inFlight, seconds }: { inFlight: number; seconds: number },
  one: One,
  goesOn: () => boolean,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const lane = async () => {
    while (goesOn() && performance.now() < until) await one(performance.now());
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function paced(
  { ratePerS, messages }: { ratePerS: number; messages: number },
  one: One,
): Promise<void> {
  const begin = performance.now();
  const sent = Array.from({ length: messages }, async (_, i) => {
    const due = begin + (i * 1000) / ratePerS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    // A timer may be a millisecond early.
    await one(Math.min(due, performance.now()));
  });
  await Promise.all(sent);
}
