import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import type { FaultScript } from "../../../infra/sandbox/fakes/server/fault-script.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../support/eventually.ts";
import type { Installation } from "../../support/open-installation.ts";

/** What a scene plays on. */
export interface ScenarioContext {
  parley: Installation;
  /** The servers below, for a scene that takes one away. */
  sandbox: Sandbox;
  /** Names a person that no other scene knows. */
  newContact(): string;
  /** A number that no other scene knows. */
  newPhoneNumber(): string;
  /** One of these, by the recording's seed. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Resolves when every message has come to its end. */
  awaitEnds(ids: readonly string[], withinMs?: number): Promise<void>;
  /** Keeps what is running at this moment as it stands, beside what becomes of it. */
  keepOpenRuns(): Promise<void>;
}

export interface Scenario {
  name: string;
  run(stage: ScenarioContext): Promise<void>;
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
    newContact: () => `person-${++contacts}`,
    newPhoneNumber: () => `+1555020${String(++contacts).padStart(4, "0")}`,
    pick: (items) => items[Math.floor(random() * items.length)] ?? items[0],
    keepOpenRuns,
    async awaitEnds(ids, withinMs = WITHIN_MS) {
      await eventually(
        `ends of ${ids.length} messages`,
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

/** Plays under a vendor's faults, and takes them back. */
export async function withFaults(
  vendor: { faults: { replace(script: FaultScript): void; clear(): void } },
  script: FaultScript,
  run: () => Promise<void>,
): Promise<void> {
  vendor.faults.replace(script);
  try {
    await run();
  } finally {
    vendor.faults.clear();
  }
}

/** Makes as many as that at once. */
export async function runTimes<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, i) => make(i)));
}
