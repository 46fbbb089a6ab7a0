import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listConversations } from "../../../db/conversations/list-conversations.ts";
import type { Cursor } from "../../../db/connection/page.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { createWorld, type World } from "../transitions/world.ts";
import { findCostlyNodes } from "./find-costly-nodes.ts";
import { loadHistory } from "./load-history.ts";
import { openRecorder, type RecordedPlan } from "./record-plans.ts";

/** Small ones, as a page is to the rows of a large installation. */
const PAGE = 10;
const MAX_ROWS = 150;

let opened: OpenDatabase;
let recorder: ReturnType<typeof openRecorder>;
let world: World;

/** After an outage: each of 10,000 conversations has a pending message, an open turn, a part on its way or a takeover. */
beforeAll(async () => {
  opened = await openDatabase("waiting");
  recorder = openRecorder(opened.url);
  world = await createWorld(recorder.db, opened.vault);
  const { tenantId, endpoint } = world;
  const { conversationId } = await world.store("long");
  const owner = { tenantId, channel: "webhook", accountId: tenantId, endpointId: endpoint.id };
  await loadHistory(opened.url, { ...owner, conversationId });
  for (const change of [
    sql`UPDATE inbox SET state = 'pending', turn_id = NULL WHERE provider_message_id LIKE 'id%'`,
    sql`UPDATE turns SET state = 'open', closed_at = NULL, outcome = NULL WHERE workflow_id NOT LIKE 'msg:long%' AND workflow_id LIKE '%7'`,
    sql`UPDATE deliveries SET state = 'intended' WHERE provider_id LIKE 'SM%3'`,
    sql`UPDATE conversations SET taken_over_by = 'ada', taken_over_at = now() WHERE id::text LIKE '%7'`,
    sql`VACUUM ANALYZE`,
  ])
    await opened.db.execute(change);
}, 120_000);
afterAll(async () => {
  await recorder.db.$client.end();
  await opened.close();
});

type Filter = Parameters<typeof listConversations>[2];

/** All pages, with the plans of each. */
async function readPages(filter: Filter, limit: number, pages = Infinity) {
  const read: { ids: string[]; plans: RecordedPlan[] }[] = [];
  let cursor: Cursor | null = null;
  do {
    let ids: string[] = [];
    let next: Cursor | null = null;
    const plans = await recorder.record(async () => {
      const page = await listConversations(recorder.db, opened.vault, filter, {
        limit,
        keysetBefore: cursor,
      });
      ids = page.rows.map((row) => row.id);
      next = page.next;
    });
    read.push({ ids, plans });
    cursor = next;
  } while (cursor !== null && read.length < pages);
  return read;
}

it.each([{ waiting: true }, { stuck: true }] as const)(
  "a page of conversations with %o reads few rows where 10,000 of them wait",
  async (filter) => {
    const pages = await readPages({ tenantId: world.tenantId, ...filter }, PAGE, 3);
    expect(pages.map(({ ids }) => ids.length)).toEqual([PAGE, PAGE, PAGE]);
    for (const { plans } of pages) {
      expect(findCostlyNodes(plans, MAX_ROWS)).toEqual([]);
      expect(plans.length).toBeLessThan(10);
    }
  },
);

it("a page ends early where nearly all that wait do not match, and the pages have all that match once, newest first", async () => {
  const filter = { tenantId: world.tenantId, accountId: "rare", waiting: true } as const;
  const pages = await readPages(filter, 2);
  expect(pages.flatMap(({ plans }) => findCostlyNodes(plans, MAX_ROWS))).toEqual([]);
  expect(Math.max(...pages.map(({ plans }) => plans.length))).toBeLessThan(60);
  const { rows } = await opened.db.execute<{ id: string }>(
    sql`SELECT id FROM conversations WHERE account_id = 'rare' ORDER BY id DESC`,
  );
  expect(pages.flatMap(({ ids }) => ids)).toEqual(rows.map(({ id }) => id));
  expect(pages.some(({ ids }) => ids.length < 2)).toBe(true);
}, 60_000);

it("the pages of conversations that are stuck have each of them once", async () => {
  const pages = await readPages({ tenantId: world.tenantId, stuck: true }, 500);
  const ids = pages.flatMap((page) => page.ids);
  // And the one with the long history.
  expect([ids.length, new Set(ids).size]).toEqual([10_001, 10_001]);
}, 60_000);
