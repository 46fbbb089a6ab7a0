import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import { eq, isNotNull, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createSweepEvents } from "../../../activities/events/sweep-events.ts";
import { settleEventDelivery } from "../../../db/events/event-deliveries.ts";
import { recordEndpointFailure, recordEndpointSuccess } from "../../../db/events/endpoint-health.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { relayEvents } from "../../../db/events/outgoing-events.ts";
import { eventDeliveries, eventEndpoints, events } from "../../../db/schema/events.ts";
import type { WorkflowStarter } from "../../../infra/runtime/temporal/workflow-starter.ts";
import type { EventInput } from "../../../workflows/types.ts";
import { countRowReads } from "../../db/plans/count-row-reads.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
const started: EventInput[] = [];
const starter = {
  startEvent: async (_tenant: string, input: EventInput) => void started.push(input),
} as Pick<WorkflowStarter, "startEvent">;
const getHandle = vi.fn<() => { describe(): Promise<unknown> }>(() => ({
  describe: async () => ({ status: { name: "RUNNING" }, raw: {} }),
}));
const temporal = {
  workflow: { getHandle },
  withDeadline: async (_deadline: unknown, call: () => Promise<unknown>) => await call(),
} as unknown as Client;

beforeAll(async () => {
  opened = await openDatabase("slow_endpoints");
});
beforeEach(async () => {
  started.length = 0;
  getHandle.mockClear();
  await opened.db.execute(sql`TRUNCATE events, event_endpoints, event_deliveries`);
});
afterAll(() => opened.close());

const openSweep = () => createSweepEvents({ db: opened.db, temporal, starter });

async function openEndpoint(tenantId: string) {
  const { db, vault } = opened;
  const settings = { url: "https://crm.test/", types: [], includeText: false };
  const endpoint = await createEventEndpoint(db, vault, { tenantId, ...settings });
  if (endpoint === null) throw new Error("The tenant has too many endpoints.");
  return endpoint.id;
}

/** Events whose first attempt has failed, so that workflows make their next ones. */
async function emit(tenantId: string, count: number): Promise<void> {
  await opened.db.execute(sql`INSERT INTO events (id, tenant_id, type, data)
    SELECT gen_random_uuid(), ${tenantId}, 'conversation.taken_over', '{}' FROM generate_series(1, ${count})`);
  while ((await relayEvents(opened.db, 1_000)) > 0);
  await opened.db.execute(sql`UPDATE event_deliveries SET attempt = 1 WHERE attempt = 0`);
}

const startedAt = (endpointId: string) => started.filter((input) => input.endpointId === endpointId);

async function settle(input: EventInput, state: "delivered" | "pending", waitMs = 3_600_000) {
  const [row] = await opened.db
    .select()
    .from(eventDeliveries)
    .where(eq(eventDeliveries.eventId, input.eventId));
  const attempt = row?.attempt ?? 0;
  const result =
    state === "pending" ? ({ state, code: "http_503", waitMs } as const) : ({ state, code: null } as const);
  await settleEventDelivery(opened.db, { ...input, attempt }, result);
}

it("of 3,000 events of a slow endpoint 20 occupy workflows, and a calm tenant's event goes out in the same round", async () => {
  const noisy = await openEndpoint("noisy");
  await emit("noisy", 3_000);
  const sweep = openSweep();
  while (await sweep());
  const calm = await openEndpoint("calm");
  await emit("calm", 1);
  await sweep();
  expect(startedAt(noisy)).toHaveLength(20);
  expect(startedAt(calm)).toHaveLength(1);
  const rows = await opened.db.select().from(eventDeliveries).where(eq(eventDeliveries.endpointId, noisy));
  expect(rows.filter(({ claimedAt }) => claimedAt !== null)).toHaveLength(20);
  expect(rows.every(({ attempt }) => attempt === 1)).toBe(true);
});

it("a round costs a fixed number of statements and reads few rows, however many events wait", async () => {
  await openEndpoint("noisy");
  await emit("noisy", 3_000);
  const sweep = openSweep();
  while (await sweep());
  await opened.db.execute(sql`ANALYZE event_deliveries`);
  const readRows = async () => (await countRowReads(opened.db)).get("event_deliveries") ?? 0;
  const before = await readRows();
  const query = vi.spyOn(opened.db.$client, "query");
  await sweep();
  const statements = query.mock.calls.length;
  query.mockRestore();
  expect(statements).toBeLessThanOrEqual(6);
  expect((await readRows()) - before).toBeLessThan(300);
  expect(getHandle).not.toHaveBeenCalled();
});

it("a Temporal that does not respond gets one attempt at a time, so the others do not count as running", async () => {
  await openEndpoint("tenant");
  await emit("tenant", 30);
  const claimed: number[] = [];
  const failing = {
    startEvent: async () => {
      claimed.push(await opened.db.$count(eventDeliveries, isNotNull(eventDeliveries.claimedAt)));
      vi.setSystemTime(Date.now() + 5_000);
      throw new Error("unavailable");
    },
  };
  vi.useFakeTimers({ toFake: ["Date"] });
  const sweep = createSweepEvents({ db: opened.db, temporal, starter: failing });
  await expect(sweep()).rejects.toThrow("unavailable");
  vi.useRealTimers();
  expect(claimed).toEqual([1]);
  expect(await opened.db.$count(eventDeliveries, isNotNull(eventDeliveries.claimedAt))).toBe(0);
  await opened.db.update(eventDeliveries).set({ claimedAt: sql`now() - interval '2 minutes'` });
  getHandle.mockImplementationOnce(() => ({
    describe: async () => {
      throw new Error("unavailable");
    },
  }));
  await expect(openSweep()()).rejects.toThrow("unavailable");
  expect(getHandle).toHaveBeenCalledTimes(1);
});

it("only the attempts that run are checked for a lost workflow", async () => {
  await openEndpoint("noisy");
  await emit("noisy", 500);
  const sweep = openSweep();
  while (await sweep());
  await opened.db.execute(sql`UPDATE event_deliveries SET next_attempt_at = now() - interval '5 minutes',
    claimed_at = claimed_at - interval '5 minutes'`);
  await sweep();
  expect(getHandle).toHaveBeenCalledTimes(20);
});

it("tenants take turns, and so do the endpoints of a tenant", async () => {
  const many = await Promise.all(Array.from({ length: 5 }, async () => await openEndpoint("many")));
  await emit("many", 100);
  const sweep = openSweep();
  while (await sweep());
  expect(started).toHaveLength(60);
  expect(many.map((id) => startedAt(id).length)).toEqual([12, 12, 12, 12, 12]);
  const one = await openEndpoint("one");
  await emit("one", 3);
  while (await sweep());
  expect(startedAt(one)).toHaveLength(3);
});

it("a slot that becomes free is used by the next event, and a failed event waits without a workflow", async () => {
  const endpoint = await openEndpoint("tenant");
  await emit("tenant", 22);
  const sweep = openSweep();
  while (await sweep());
  const [first, second] = started;
  if (first === undefined || second === undefined) throw new Error("Nothing was started.");
  await settle(first, "delivered");
  await settle(second, "pending");
  while (await sweep());
  expect(started).toHaveLength(22);
  expect(started.slice(20).map(({ eventId }) => eventId)).not.toContain(second.eventId);
  expect(startedAt(endpoint)).toHaveLength(22);
});

it("an endpoint that asks for a pause gets no event until its end", async () => {
  const endpoint = await openEndpoint("tenant");
  await recordEndpointFailure(opened.db, endpoint, { throttleMs: 60_000 });
  await emit("tenant", 1);
  const sweep = openSweep();
  await sweep();
  expect(started).toEqual([]);
  await opened.db.update(eventEndpoints).set({ throttledUntil: sql`now()` });
  await sweep();
  expect(started).toHaveLength(1);
});

it("the first success of an endpoint brings its waiting events forward, once for each wait of the schedule", async () => {
  const endpoint = await openEndpoint("tenant");
  await emit("tenant", 10);
  const sweep = openSweep();
  while (await sweep());
  for (const input of started) await settle(input, "pending");
  const heal = async () => {
    await recordEndpointFailure(opened.db, endpoint, { throttleMs: 0 });
    await recordEndpointSuccess(opened.db, endpoint);
    await sweep();
  };
  const waits = async () => {
    const { rows } = await opened.db.execute<{ soon: number; early: number; attempt: number }>(sql`
      SELECT count(*) FILTER (WHERE next_attempt_at < now() + interval '6 seconds')::int AS soon,
        max(early_attempts) AS early, max(attempt) AS attempt FROM event_deliveries`);
    return rows[0];
  };
  expect(await waits()).toEqual({ soon: 0, early: 0, attempt: 2 });
  await heal();
  expect(await waits()).toEqual({ soon: 10, early: 1, attempt: 2 });
  // The early attempts fail: they are not brought forward again before an attempt of the schedule.
  for (const input of started.slice(0, 10)) await settle(input, "pending");
  await heal();
  expect(await waits()).toEqual({ soon: 0, early: 1, attempt: 3 });
  for (const input of started.slice(0, 10)) await settle(input, "pending");
  await heal();
  expect(await waits()).toEqual({ soon: 10, early: 2, attempt: 4 });
  const [endpointRow] = await opened.db.select().from(eventEndpoints).where(eq(eventEndpoints.id, endpoint));
  expect(endpointRow?.recoveredAt).toBeNull();
  expect(await opened.db.$count(events)).toBe(10);
});

it("a deleted endpoint's orphaned rows are never started", async () => {
  await emit("tenant", 1);
  const eventId = randomUUID();
  const row = { eventId, endpointId: randomUUID(), tenantId: "tenant" };
  await opened.db.insert(eventDeliveries).values([row, { ...row, endpointId: randomUUID(), attempt: 1 }]);
  while (await openSweep()());
  expect(started).toEqual([]);
});
