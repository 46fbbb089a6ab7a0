import type { Contestant } from "./contestants/contestant.ts";
import type { Steps } from "./steps.ts";

/** A full load with a number of messages in flight, or a load on a fixed schedule. */
export type LoadPlan = { modelMs: number } & (
  | { kind: "full"; inFlight: number; seconds: number }
  | { kind: "paced"; ratePerS: number; messages: number }
);

export interface LoadResult {
  messages: number;
  /** Until all writes of all messages were done. */
  elapsedMs: number;
  /** From the due time of a message to the end of its `deliver`, including the time of the model. */
  latenciesMs: number[];
}

interface LoadedContestant {
  contestant: Contestant;
  steps: Steps;
}

/** Enough samples; a contestant without a server would produce a million. */
const MOST_MESSAGES = 20_000;

let count = 0;

/** Runs in the process of the contestant, like ingress and worker of a small installation. It costs 0.1 CPU-ms per message. */
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
    // A failed message delivers nothing, so the load must not wait for it.
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
    // A timer can fire one millisecond early.
    await handleOne(Math.min(due, performance.now()));
  });
  await Promise.all(sent);
}
