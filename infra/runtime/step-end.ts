import { AsyncLocalStorage } from "node:async_hooks";

/*
 * Temporal ends an attempt at its time limit and starts the next one, but the code of the first attempt goes on in this process. Without a
 * check it keeps asking for connections, which the attempts after it need. So each connection is given only to a step that has time left.
 */
export interface StepEnd {
  hasEnded(): boolean;
}

const ends = new AsyncLocalStorage<StepEnd | undefined>();

/** Its name makes it a transient error: the next attempt has its own time. */
class StepEnded extends Error {
  override readonly name = "AbortError";
}

export async function runUntilEnd<T>(end: StepEnd, step: () => Promise<T>): Promise<T> {
  return await ends.run(end, step);
}

/** The end of the current step: undefined outside of a step. */
export function findStepEnd(): StepEnd | undefined {
  return ends.getStore();
}

export function throwIfEnded(end: StepEnd | undefined): void {
  if (end?.hasEnded() === true) throw new StepEnded("The time of this step is over.");
}

/**
 * For a write that is made also after the end of its step: the outcome of a call that must not be repeated, and the few writes of a process
 * about all its steps. docs/decisions/0009-time-limits-inside-one-another.md lists them.
 */
export async function writeAfterEnd<T>(write: () => Promise<T>): Promise<T> {
  return await ends.run(undefined, write);
}
