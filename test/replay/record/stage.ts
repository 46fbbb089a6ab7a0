import { outcomesOf } from "../../../db/outcomes.ts";
import type { FaultScript } from "../../../infra/dev/stand-ins/server/fault-script.ts";
import type { Stack } from "../../../infra/dev/stack.ts";
import { eventually } from "../../support/eventually.ts";
import type { Installation } from "../../support/open-installation.ts";

/** What a scene plays on. */
export interface Stage {
  parley: Installation;
  /** The servers below, for a scene that takes one away. */
  stack: Stack;
  /** Names a person that no other scene knows. */
  person(): string;
  /** A number that no other scene knows. */
  phone(): string;
  /** One of these, by the recording's seed. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Resolves when every message has come to its end. */
  ends(ids: readonly string[], withinMs?: number): Promise<void>;
  /** Keeps what is running at this moment as it stands, beside what becomes of it. */
  keepOpenRuns(): Promise<void>;
}

export interface Scene {
  name: string;
  play(stage: Stage): Promise<void>;
}

const WITHIN_MS = 120_000;

export function stageOn(
  parley: Installation,
  stack: Stack,
  { random, keepOpenRuns }: { random(): number; keepOpenRuns(): Promise<void> },
): Stage {
  let people = 0;
  return {
    parley,
    stack,
    person: () => `person-${++people}`,
    phone: () => `+1555020${String(++people).padStart(4, "0")}`,
    pick: (items) => items[Math.floor(random() * items.length)] ?? items[0],
    keepOpenRuns,
    async ends(ids, withinMs = WITHIN_MS) {
      await eventually(
        `ends of ${ids.length} messages`,
        async () => {
          const rows = await outcomesOf(parley.db, [...ids]);
          return rows.length === ids.length && !rows.some(({ state }) => OPEN.has(state));
        },
        withinMs,
      );
    },
  };
}

const OPEN: ReadonlySet<string> = new Set(["pending", "in_turn"]);

/** Plays under a vendor's faults, and takes them back. */
export async function under(
  vendor: { faults: { replace(script: FaultScript): void; clear(): void } },
  script: FaultScript,
  play: () => Promise<void>,
): Promise<void> {
  vendor.faults.replace(script);
  try {
    await play();
  } finally {
    vendor.faults.clear();
  }
}

/** Makes as many as that at once. */
export async function several<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, i) => make(i)));
}
