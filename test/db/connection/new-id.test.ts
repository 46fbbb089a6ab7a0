import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { derivePartId, NEW_ID, newId, timeOfId } from "../../../db/connection/new-id.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("new_id", { maxConnections: 1 });
});
afterAll(() => opened.close());

async function makeInSql(count: number): Promise<string[]> {
  const { rows } = await opened.db.execute<{ id: string }>(
    sql`SELECT ${NEW_ID} AS id FROM generate_series(1, ${count}::int)`,
  );
  return rows.map(({ id }) => id);
}

const timeOf = (id: string) => parseInt(id.replaceAll("-", "").slice(0, 12), 16);

it("ids of the process and of SQL are UUIDs of version 7 that begin with the time", async () => {
  const before = Date.now();
  const ids = [newId(), ...(await makeInSql(20)), newId()];
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOf(id)).toBeGreaterThanOrEqual(before - 1);
    expect(timeOf(id)).toBeLessThanOrEqual(Date.now() + 1);
  }
});

it("ids that one process makes ascend, also within a millisecond", () => {
  const ids = Array.from({ length: 10_000 }, newId);
  expect(ids).toEqual(ids.toSorted());
});

it("a part of a row always has the same id, which begins with the time of the row and belongs to no other part", () => {
  const row = newId();
  const ids = Array.from({ length: 1_000 }, (_, part) => derivePartId(row, part));
  expect(ids).toEqual(ids.map((_, part) => derivePartId(row, part)));
  expect(new Set([...ids, derivePartId(newId(), 0)]).size).toBe(1_001);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOfId(id)).toBe(timeOfId(row));
  }
});
