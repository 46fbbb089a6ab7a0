import { randomUUID } from "node:crypto";
import { eq, type SQL, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createFirstAttempts, type FirstAttempts } from "../../../activities/events/first-attempts.ts";
import {
  createEventEndpoint,
  deleteEventEndpoint,
  disableEventEndpoint,
} from "../../../db/events/event-endpoints.ts";
import { recordEndpointFailure } from "../../../db/events/endpoint-health.ts";
import { resendFailed } from "../../../db/events/event-deliveries.ts";
import { handOverLostFirstAttempts } from "../../../db/events/first-attempts.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { eventDeliveries, eventEndpoints } from "../../../db/schema/events.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import {
  EgressFailed,
  type EgressGuard,
  type EgressResponse,
} from "../../../infra/runtime/network/egress-guard.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
/** The posts that have no response yet, in their order. */
let posts: { eventId: string; url: string; respond(status: number): void }[] = [];
/** Statuses that are returned at once, by URL. */
const statuses = new Map<string, number>();
let processes: FirstAttempts[] = [];

type Execute = <Result>(execute: () => Promise<Result>, call: number) => Promise<Result>;

/** The database with another `execute`. The calls are counted from 1. */
function withExecute(db: Database, around: Execute): Database {
  let calls = 0;
  const execute = async (query: SQL) => await around(async () => await db.execute(query), ++calls);
  return new Proxy(db, {
    get: (target, name, receiver) =>
      name === "execute" ? execute : (Reflect.get(target, name, receiver) as unknown),
  });
}

/** The relay is the first statement of a round, and `claimFirstAttempts` is the second one. */
const afterClaim = (work: () => Promise<unknown>) =>
  withExecute(opened.db, async (execute, call) => {
    const result = await execute();
    if (call === 2) await work();
    return result;
  });

const toResponse = (status: number): EgressResponse => ({ status, headers: {}, text: "" });
const egress: EgressGuard = {
  async request({ headers, url, signal }) {
    const status = statuses.get(url);
    if (status !== undefined) return toResponse(status);
    return await new Promise<EgressResponse>((resolve, reject) => {
      const respond = (code: number) => resolve(toResponse(code));
      posts.push({ eventId: headers["webhook-id"] ?? "", url, respond });
      signal.addEventListener("abort", () => reject(new EgressFailed("aborted", true)));
    });
  },
  close: async () => undefined,
};

beforeAll(async () => {
  opened = await openDatabase("first_attempts");
});
beforeEach(async () => {
  await opened.db.execute(sql`TRUNCATE events, event_endpoints, event_deliveries`);
});
afterEach(async () => {
  for (const { respond } of posts) respond(204);
  await Promise.all(processes.map((each) => each.stop(0)));
  posts = [];
  processes = [];
  statuses.clear();
});
afterAll(() => opened.close());

/** The first attempts of one process. */
function openProcess(sweeperDb = opened.db): FirstAttempts {
  const opening = createFirstAttempts({
    db: opened.db,
    sweeperDb,
    vault: opened.vault,
    egress,
    log: createLog({ level: "silent", name: "test" }),
    delayBeforeEventMs: () => 5_000,
    disableAfterMs: 3_600_000,
  });
  processes.push(opening);
  return opening;
}

async function openEndpoint(tenantId = "tenant") {
  const { db, vault } = opened;
  const url = `https://crm.test/${randomUUID()}`;
  const endpoint = await createEventEndpoint(db, vault, { tenantId, url, types: [], includeText: false });
  if (endpoint === null) throw new Error("The tenant has too many endpoints.");
  return endpoint;
}

const emit = async (count: number, tenantId = "tenant") =>
  await opened.db.execute(sql`INSERT INTO events (id, tenant_id, type, data)
    SELECT gen_random_uuid(), ${tenantId}, 'conversation.taken_over', '{}' FROM generate_series(1, ${count})`);

const runUntilIdle = async (first: FirstAttempts) => {
  while (await first.run());
};
const postsTo = ({ url }: { url: string }) => posts.filter((post) => post.url === url);
const readRows = async ({ id }: { id: string }) =>
  await opened.db.select().from(eventDeliveries).where(eq(eventDeliveries.endpointId, id));
const readStates = async (endpoint: { id: string }) =>
  (await readRows(endpoint)).map(({ state, code, attempt, claimedAt }) => ({
    state,
    code,
    attempt,
    isClaimed: claimedAt !== null,
  }));
const takePost = async () => await eventually("a post", async () => posts.shift());

it("an accepted event needs one attempt", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  await openProcess().run();
  (await takePost()).respond(204);
  await eventually("the outcome", async () => (await readRows(endpoint))[0]?.state === "delivered");
  expect(await readStates(endpoint)).toEqual([
    { state: "delivered", code: null, attempt: 1, isClaimed: false },
  ]);
});

it("an event that its endpoint rejects waits for its second attempt, which is not a first one", async () => {
  const endpoint = await openEndpoint();
  statuses.set(endpoint.url, 500);
  await emit(1);
  const first = openProcess();
  await first.run();
  await eventually("the outcome", async () => (await readRows(endpoint))[0]?.code === "http_500");
  await opened.db.update(eventDeliveries).set({ nextAttemptAt: sql`now()` });
  await runUntilIdle(first);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: "http_500", attempt: 1, isClaimed: false },
  ]);
});

it("an event whose process is killed during its first attempt is handed over with an unknown outcome, and no sooner", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const killed = openProcess();
  await killed.run();
  const limits = { claimMs: 30_000, limit: 10 };
  expect(await handOverLostFirstAttempts(opened.db, limits)).toBe(0);
  await opened.db.update(eventDeliveries).set({ claimedAt: sql`now() - interval '31 seconds'` });
  expect(await handOverLostFirstAttempts(opened.db, limits)).toBe(1);
  const handedOver = [{ state: "pending", code: "response_lost", attempt: 1, isClaimed: false }];
  expect(await readStates(endpoint)).toEqual(handedOver);
  // The process lives after all. Its outcome comes too late, so the row keeps its place in the schedule.
  (await takePost()).respond(204);
  await killed.stop(10_000);
  expect(await readStates(endpoint)).toEqual(handedOver);
});

it("of 3,000 events of a slow endpoint 20 are on their way, and the event of a calm tenant goes out in the same round", async () => {
  const slow = await openEndpoint("noisy");
  await emit(3_000, "noisy");
  const first = openProcess();
  await runUntilIdle(first);
  const calm = await openEndpoint("calm");
  await emit(1, "calm");
  await first.run();
  await eventually("the post to the calm endpoint", async () => postsTo(calm).length === 1);
  expect(postsTo(slow)).toHaveLength(20);
  expect((await readRows(slow)).filter(({ claimedAt }) => claimedAt !== null)).toHaveLength(20);
});

it("slow endpoints of many tenants do not keep the slots of a process", async () => {
  const slow = await Promise.all(["a", "b", "c"].map(async (tenantId) => await openEndpoint(tenantId)));
  for (const { tenantId } of slow) await emit(50, tenantId);
  const first = openProcess();
  await eventually("all posts that the slow endpoints may hold", async () => {
    await first.run();
    return posts.length === 60;
  });
  const calm = await openEndpoint("calm");
  statuses.set(calm.url, 204);
  await emit(30, "calm");
  await eventually("all events of the calm tenant", async () => {
    await first.run();
    const rows = await readRows(calm);
    return rows.length === 30 && rows.every(({ state }) => state === "delivered");
  });
  expect(posts).toHaveLength(60);
});

it("1,000 events that are due at once reach their endpoint once each, with two sweepers", async () => {
  const endpoint = await openEndpoint();
  await emit(1_000);
  const accepted: string[] = [];
  const sweepers = [openProcess(), openProcess()];
  await eventually("all events", async () => {
    await Promise.all(sweepers.map((first) => first.run()));
    for (const { eventId, respond } of posts.splice(0)) {
      accepted.push(eventId);
      respond(204);
    }
    return (await readRows(endpoint)).filter(({ state }) => state === "delivered").length === 1_000;
  });
  expect(accepted).toHaveLength(1_000);
  expect(new Set(accepted).size).toBe(1_000);
}, 60_000);

it("the endpoints of a tenant take turns, and one tenant gets no more than 60 attempts at once", async () => {
  const many = await Promise.all(Array.from({ length: 5 }, async () => await openEndpoint("many")));
  await emit(100, "many");
  const first = openProcess();
  await eventually("all attempts of the tenant", async () => {
    await first.run();
    return posts.length >= 60;
  });
  expect(many.map((endpoint) => postsTo(endpoint).length)).toEqual([12, 12, 12, 12, 12]);
});

it("an endpoint that is disabled during a post keeps that state, whatever it responds", async () => {
  const endpoint = await openEndpoint();
  await emit(2);
  const first = openProcess();
  await first.run();
  await eventually("both posts", async () => posts.length === 2);
  await disableEventEndpoint(opened.db, endpoint, "operator");
  posts[0]?.respond(204);
  posts[1]?.respond(500);
  await first.stop(10_000);
  expect((await readRows(endpoint)).map(({ state, code }) => [state, code])).toEqual([
    ["failed", "endpoint_disabled"],
    ["failed", "endpoint_disabled"],
  ]);
  await runUntilIdle(openProcess());
  expect(posts).toHaveLength(2);
});

it("an endpoint that is deleted during a post leaves no row", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const first = openProcess();
  await first.run();
  const post = await takePost();
  await deleteEventEndpoint(opened.db, endpoint);
  post.respond(204);
  await first.stop(10_000);
  expect(await readRows(endpoint)).toEqual([]);
});

it.each<[string, (key: { tenantId: string; id: string }) => Promise<unknown>]>([
  ["is disabled", async (key) => await disableEventEndpoint(opened.db, key, "operator")],
  ["is deleted", async (key) => await deleteEventEndpoint(opened.db, key)],
  ["asks for a pause", async ({ id }) => await recordEndpointFailure(opened.db, id, { throttleMs: 60_000 })],
])("an endpoint that %s just before the post gets no post", async (_what, change) => {
  const endpoint = await openEndpoint();
  await emit(1);
  const first = openProcess(afterClaim(async () => await change(endpoint)));
  await first.run();
  await first.stop(10_000);
  expect(posts).toEqual([]);
  expect(
    (await readRows(endpoint)).filter(({ claimedAt, state }) => state === "pending" && claimedAt),
  ).toEqual([]);
});

it("an endpoint that asks for a pause gets no event until its end", async () => {
  const endpoint = await openEndpoint();
  await recordEndpointFailure(opened.db, endpoint.id, { throttleMs: 60_000 });
  await emit(1);
  const first = openProcess();
  await runUntilIdle(first);
  expect(posts).toEqual([]);
  await opened.db.update(eventEndpoints).set({ throttledUntil: sql`now()` });
  await first.run();
  expect(await takePost()).toMatchObject({ url: endpoint.url });
});

it("an event whose secret cannot be read is left to a workflow, and the others go out", async () => {
  const [unreadable, readable] = [await openEndpoint(), await openEndpoint()];
  await opened.db
    .update(eventEndpoints)
    .set({ secrets: Buffer.from("lost") })
    .where(eq(eventEndpoints.id, unreadable.id));
  statuses.set(readable.url, 204);
  await emit(1);
  await openProcess().run();
  await eventually("the other event", async () => (await readRows(readable))[0]?.state === "delivered");
  await eventually("the hand-over", async () => (await readRows(unreadable))[0]?.code === "not_sent");
  expect(await readStates(unreadable)).toEqual([
    { state: "pending", code: "not_sent", attempt: 1, isClaimed: false },
  ]);
});

it("an outcome that PostgreSQL does not accept at first is written later, and the event is posted once", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  let failures = 2;
  const first = openProcess(
    withExecute(opened.db, async (execute, call) => {
      // The relay and `claimFirstAttempts` come first.
      if (call > 2 && failures-- > 0) throw Object.assign(new Error("gone"), { code: "ECONNRESET" });
      return await execute();
    }),
  );
  await first.run();
  (await takePost()).respond(204);
  await first.stop(10_000);
  expect(failures).toBe(-1);
  expect(await readStates(endpoint)).toEqual([
    { state: "delivered", code: null, attempt: 1, isClaimed: false },
  ]);
  expect(posts).toEqual([]);
});

it("a process that stops ends its posts after the grace time, and their outcome is unknown", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const first = openProcess();
  await first.run();
  await eventually("the post", async () => posts.length === 1);
  await first.stop(0);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: "response_lost", attempt: 1, isClaimed: false },
  ]);
  await emit(1);
  await first.run();
  await first.stop(0);
  expect((await readStates(endpoint)).filter(({ attempt }) => attempt === 0)).toEqual([
    { state: "pending", code: null, attempt: 0, isClaimed: false },
  ]);
});

it("events that an operator resends begin with a first attempt", async () => {
  const endpoint = await openEndpoint();
  await emit(3);
  const first = openProcess();
  await first.run();
  await eventually("the posts", async () => posts.length === 3);
  await disableEventEndpoint(opened.db, endpoint, "operator");
  for (const { respond } of posts.splice(0)) respond(204);
  await first.stop(10_000);
  await opened.db.update(eventEndpoints).set({ disabledAt: null, disabledReason: null });
  expect(await resendFailed(opened.db, { endpointId: endpoint.id, since: new Date(0) })).toBe(3);
  await openProcess().run();
  await eventually("the posts", async () => posts.length === 3);
});

it("a round reads few rows and runs two statements, however many events wait", async () => {
  await openEndpoint();
  await emit(3_000);
  const first = openProcess();
  await runUntilIdle(first);
  await opened.db.execute(sql`ANALYZE event_deliveries`);
  const readCount = async () => {
    await opened.db.execute(sql`SELECT pg_stat_force_next_flush()`);
    await opened.db.execute(sql`SELECT pg_stat_clear_snapshot()`);
    const { rows } = await opened.db.execute<{ read: string }>(sql`
      SELECT t.seq_tup_read + sum(i.idx_tup_read) AS read FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)
      WHERE t.relname = 'event_deliveries' GROUP BY t.seq_tup_read`);
    return Number(rows[0]?.read);
  };
  const before = await readCount();
  const query = vi.spyOn(opened.db.$client, "query");
  await first.run();
  const statements = query.mock.calls.length;
  query.mockRestore();
  expect(statements).toBe(2);
  expect((await readCount()) - before).toBeLessThan(300);
});

it("a burst of accepted events is written by few statements", async () => {
  await openEndpoint();
  await emit(20);
  const first = openProcess();
  await first.run();
  await eventually("the posts", async () => posts.length === 20);
  const query = vi.spyOn(opened.db.$client, "query");
  for (const { respond } of posts) respond(204);
  await first.stop(10_000);
  const statements = query.mock.calls.length;
  query.mockRestore();
  expect(statements).toBeLessThanOrEqual(4);
});
