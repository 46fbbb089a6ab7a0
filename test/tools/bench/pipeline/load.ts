import type { Contestant } from "./contestants/contestant.ts";
import type { Steps } from "./steps.ts";

/** As much as it can take, so many at once, for so long; or so many on a fixed schedule, however long each takes. */
export type LoadPlan = { modelMs: number } & (
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

interface LoadedContestant {
  contestant: Contestant;
  steps: Steps;
}

/** Enough to say how fast; without a server to wait for there would be a million. */
const MOST_MESSAGES = 20_000;

let count = 0;

/** Runs in the contestant's process, as ingress and worker of a small installation do; it costs 0.1 CPU-ms a message. */
export async function load({ contestant, steps }: LoadedContestant, order: LoadPlan): Promise<LoadResult> {
  steps.setModelMs(order.modelMs);
  const ids: string[] = [];
  const ends: Promise<unknown>[] = [];
  const latenciesMs: number[] = [];
  const handleOne = async (due: number) => {
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
  await (order.kind === "full"
    ? runFull(order, handleOne, () => ids.length < MOST_MESSAGES)
    : runPaced(order, handleOne));
  await Promise.all(ends);
  await contestant.settle?.(ids);
  return { messages: ids.length, elapsedMs: performance.now() - begin, latenciesMs };
}

type One = (due: number) => Promise<void>;

async function runFull(
  { inFlight, seconds }: { inFlight: number; seconds: number },
  handleOne: One,
  goesOn: () => boolean,
): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const runWorker = async () => {
    while (goesOn() && performance.now() < until) await handleOne(performance.now());
  };
  await Promise.all(Array.from({ length: inFlight }, runWorker));
}

async function runPaced(
  { ratePerS, messages }: { ratePerS: number; messages: number },
  handleOne: One,
): Promise<void> {
  const begin = performance.now();
  const sent = Array.from({ length: messages }, async (_, i) => {
    const due = begin + (i * 1000) / ratePerS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    // A timer may be a millisecond early.
    await handleOne(Math.min(due, performance.now()));
  });
  await Promise.all(sent);
}
