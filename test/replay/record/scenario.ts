import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import type { FaultScript } from "../../../infra/sandbox/fakes/server/fault-script.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../support/eventually.ts";
import type { Installation } from "../../support/open-installation.ts";

/** The dependencies of a scenario. */
export interface ScenarioContext {
  parley: Installation;
  /** The servers, for scenarios that kill one. */
  sandbox: Sandbox;
  /** Returns a contact that no other scenario uses. */
  newContact(): string;
  /** Returns a phone number that no other scenario uses. */
  newPhoneNumber(): string;
  /** Picks an item by the seed of the recording. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Resolves when every message has an outcome. */
  awaitEnds(ids: readonly string[], withinMs?: number): Promise<void>;
  /** Adds the current histories of all open runs to the recording, in addition to their final ones. */
  keepOpenRuns(): Promise<void>;
}

export interface Scenario {
  name: string;
  run(context: ScenarioContext): Promise<void>;
}

const WITHIN_MS = 120_000;

export function createScenarioContext(
  parley: Installation,
  sandbox: Sandbox,
  { random, keepOpenRuns }: { random(): number; keepOpenRuns(): Promise<void> },
): ScenarioContext {
  let contacts = 0;
  return {
    parley,
    sandbox,
    newContact: () => `contact-${++contacts}`,
    newPhoneNumber: () => `+1555020${String(++contacts).padStart(4, "0")}`,
    pick: (items) => items[Math.floor(random() * items.length)] ?? items[0],
    keepOpenRuns,
    async awaitEnds(ids, withinMs = WITHIN_MS) {
      await eventually(
        `outcomes of ${ids.length} messages`,
        async () => {
          const rows = await findMessageOutcomes(parley.db, [...ids]);
          return rows.length === ids.length && !rows.some(({ state }) => OPEN.has(state));
        },
        withinMs,
      );
    },
  };
}

const OPEN: ReadonlySet<string> = new Set(["pending", "in_turn"]);

/** Runs a function while a vendor has faults, and clears the faults after it. */
export async function withFaults<Result>(
  vendor: { faults: { replace(script: FaultScript): void; clear(): void } },
  script: FaultScript,
  run: () => Promise<Result>,
): Promise<Result> {
  vendor.faults.replace(script);
  try {
    return await run();
  } finally {
    vendor.faults.clear();
  }
}

/** Runs a function several times concurrently. */
export async function runTimes<T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, i) => run(i)));
}
