import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexVersions } from "../../../db/schema/knowledge.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { OPERATIONS, type Pick } from "./random-operations.ts";
import { reachEveryMove } from "./reach-every-move.ts";
import { installMoveRecorder, readRecordedMoves } from "./record-moves.ts";
import { listPairs, STATE_COLUMNS } from "./state-columns.ts";
import { createWorld } from "./world.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("transitions");
  await opened.db.delete(indexVersions);
  await installMoveRecorder(opened.db);
});
afterAll(() => opened.close());

/** Long enough for a reply that is sent, replayed and sent again. All runs take about 10 s on two idle cores. */
const LENGTH = 160;
const RUNS = 6;
/** The operations of replies come often, because their rows have the most states. */
const WEIGHTS: Readonly<Record<string, number>> = {
  openReply: 4,
  gate: 12,
  settle: 12,
  receive: 10,
  finish: 4,
  replay: 8,
};

describe("the tables of moves", () => {
  it("every move of the tables is made by an operation", async () => {
    await reachEveryMove(await createWorld(opened.db, opened.vault));
    for (const column of STATE_COLUMNS)
      expect(await readRecordedMoves(opened.db, column), nameOf(column)).toEqual(listPairs(column));
  });

  it("random operations in any order make no move that the tables do not have", async () => {
    const names = Object.keys(OPERATIONS);
    const often = names.flatMap((name) => Array.from({ length: WEIGHTS[name] ?? 1 }, () => name));
    const step = fc.tuple(fc.constantFrom(...often), fc.nat());
    const steps = fc.array(step, { minLength: LENGTH / 2, maxLength: LENGTH, size: "max" });
    const runAll = async (sequence: readonly [string, number][]) => {
      const world = await createWorld(opened.db, opened.vault);
      for (const [name, choice] of sequence) await OPERATIONS[name]?.(world, createPick(choice));
      for (const column of STATE_COLUMNS) {
        const legal = new Set(listPairs(column));
        const made = await readRecordedMoves(opened.db, column);
        expect(
          made.filter((pair) => !legal.has(pair)),
          nameOf(column),
        ).toEqual([]);
      }
    };
    await fc.assert(fc.asyncProperty(steps, runAll), { numRuns: RUNS, endOnFailure: true });
  }, 300_000);
});

function nameOf({ table, column }: { table: string; column: string }): string {
  return `${table}.${column}`;
}

function createPick(choice: number): Pick {
  let rest = choice;
  return <const Item>(items: readonly Item[]) => {
    const item = items[rest % items.length] as Item;
    rest = Math.floor(rest / items.length);
    return item;
  };
}
