import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { setPlan } from "../../../db/turns/turn-plan.ts";
import { saveContext } from "../../../db/turns/turn-texts.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createWorld, type World } from "../transitions/world.ts";

const MESSAGES = 24;
/** How often one message may write all indexes of its row. */
const LIMITS: Readonly<Record<string, number>> = { conversations: 0, inbox: 1, turns: 1, deliveries: 1 };

let opened: OpenDatabase;
let world: World;

beforeAll(async () => {
  // One connection, because each connection reports its own statistics.
  opened = await openDatabase("heap_only", { maxConnections: 1 });
  // The versions of a row fit on its page without a cleanup of that page, which any old snapshot, such as the one of autovacuum, prevents.
  for (const table of Object.keys(LIMITS))
    await opened.db.execute(sql`ALTER TABLE ${sql.identifier(table)} SET (fillfactor = 10)`);
  world = await createWorld(opened.db, opened.vault);
});
afterAll(() => opened.close());

/** A message from its arrival to the receipt that its answer was read. */
async function answer(contact: string): Promise<void> {
  const { db, vault } = opened;
  const turnId = (await world.acquire(await world.store(contact))) ?? "";
  await setPlan(db, turnId, { plan: "answer" });
  const { scope, version } = await readTurn(db, vault, { turnId, tier: "full_context" });
  await saveContext(db, vault, { scope, version }, { context: "passage ".repeat(150), route: {} });
  await world.record(turnId, ["answer ".repeat(60)]);
  const part = await world.requirePart(turnId);
  await world.gate(part, "send");
  await world.settle({ ...part, attempt: 1 }, "accepted");
  await world.finish(turnId, "answered");
  await world.receive(part, "delivered");
}

/** How often rows of a table changed, and how often the change wrote all indexes of the row. */
async function countUpdates(): Promise<Map<string, { all: number; withIndexes: number }>> {
  await opened.db.execute(sql`SELECT pg_stat_force_next_flush()`);
  await opened.db.execute(sql`SELECT pg_stat_clear_snapshot()`);
  const { rows } = await opened.db.execute<{ name: string; all: number; with_indexes: number }>(sql`
    SELECT relname AS name, n_tup_upd::int AS all, (n_tup_upd - n_tup_hot_upd)::int AS with_indexes FROM pg_stat_user_tables`);
  return new Map(rows.map(({ name, all, with_indexes: withIndexes }) => [name, { all, withIndexes }]));
}

it("a message writes the indexes of its row, its turn and its part once more and those of its conversation not at all", async () => {
  const before = await countUpdates();
  for (let n = 0; n < MESSAGES; n++) await answer(`contact-${n % 12}`);
  const after = await countUpdates();
  const counts = Object.entries(LIMITS).map(([name, limit]) => {
    const { all = 0, withIndexes = 0 } = before.get(name) ?? {};
    const now = after.get(name);
    return {
      name,
      limit,
      all: (now?.all ?? 0) - all,
      perMessage: ((now?.withIndexes ?? 0) - withIndexes) / MESSAGES,
    };
  });
  expect(counts.filter(({ all }) => all < MESSAGES)).toEqual([]);
  expect(counts.filter(({ limit, perMessage }) => perMessage > limit)).toEqual([]);
});
