import { drizzle } from "drizzle-orm/node-postgres";
import type pg from "pg";
import { expect, it } from "vitest";
import { v7 } from "uuid";
import type { Queryable } from "../../../db/connection/postgres.ts";
import { findLastRows } from "../../../db/conversations/transcript-rows.ts";

const DAY_MS = 86_400_000;

/** The texts of a reader that finds no row, and the ranges that they name. */
function openConnection() {
  const texts: string[] = [];
  const query = async ({ text }: { text: string }) => {
    texts.push(text);
    return { rows: [] };
  };
  const db = drizzle({ client: { query } as unknown as pg.PoolClient }) as unknown as Queryable;
  const readRanges = () =>
    texts.map((text) =>
      Array.from(text.matchAll(/'([^']+)'::timestamptz/g), ([, time = ""]) => Date.parse(time)),
    );
  return { db, texts, readRanges };
}

const createdAt = (ms: number) => v7({ msecs: ms });

it("the last lines of conversations from ten years need few texts, and each text is for whole months", async () => {
  const { db, texts } = openConnection();
  for (let days = 0; days <= 3_650; days += 10)
    await findLastRows(db, createdAt(Date.now() - days * DAY_MS), { seq: 10, limit: 30 });
  expect(new Set(texts).size).toBeLessThan(30);
});

it.each([0, 10, 100, 200, 500, 700, 730, 1_000, 3_000])(
  "the ranges for a conversation that is %i days old have no gap, contain its first message, and none is older than that",
  async (days) => {
    const { db, readRanges } = openConnection();
    const created = Date.now() - days * DAY_MS;
    await findLastRows(db, createdAt(created), { seq: 10, limit: 30 });
    const ranges = readRanges();
    const first = created - 32 * DAY_MS;
    expect(ranges[0]?.[1]).toBeGreaterThan(Date.now());
    for (const [i, [from = 0, to = 0]] of ranges.entries()) {
      expect(from).toBeLessThan(to);
      expect(to).toBeGreaterThan(first);
      if (i > 0) expect(to).toBe(ranges[i - 1]?.[0]);
    }
    expect(ranges.at(-1)?.[0]).toBeLessThanOrEqual(first);
  },
);
