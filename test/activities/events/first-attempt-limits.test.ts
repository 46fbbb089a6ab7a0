import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { countRowReads } from "../../db/plans/count-row-reads.ts";
import { eventually } from "../../support/eventually.ts";
import { runUntilIdle, useFirstAttempts } from "../../support/activities/first-attempts.ts";

const harness = useFirstAttempts("first_attempt_limits");
const { posts, statuses, openProcess, openEndpoint, emit, postsTo, readRows } = harness;

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

it("posts that wait for a response keep no slot, so 400 of them are on their way after 10 rounds", async () => {
  for (let tenant = 0; tenant < 21; tenant++) {
    await openEndpoint(`slow-${tenant}`);
    await emit(20, `slow-${tenant}`);
  }
  const first = openProcess();
  for (let round = 1; round <= 10; round++) {
    await first.run();
    await eventually("the posts of the round", async () => posts.length === round * 40);
  }
  await runUntilIdle(first);
  expect(posts).toHaveLength(400);
});

it("after a round that used all slots the next one begins as soon as a slot is free", async () => {
  for (const tenantId of ["a", "b", "c"]) {
    await openEndpoint(tenantId);
    await emit(20, tenantId);
  }
  const first = openProcess();
  expect(await first.run()).toBe(true);
  await first.pause(true);
  await first.run();
  await eventually("all posts", async () => posts.length === 60);
});

it("a calm tenant's event goes out in the next round, while 40 slow receivers have the posts of the round before", async () => {
  for (const tenantId of ["a", "b"]) {
    await openEndpoint(tenantId);
    await emit(20, tenantId);
  }
  const first = openProcess();
  await first.run();
  await eventually("the slow posts", async () => posts.length === 40);
  const calm = await openEndpoint("calm");
  await emit(1, "calm");
  await first.run();
  await eventually("the calm post", async () => postsTo(calm).length === 1);
});

it("of 41 tenants with several events each has had a post after two rounds", async () => {
  const tenants = Array.from({ length: 41 }, (_, tenant) => `tenant-${tenant}`);
  const endpoints = await Promise.all(tenants.map(async (tenantId) => await openEndpoint(tenantId)));
  for (let event = 0; event < 3; event++) for (const tenantId of tenants) await emit(1, tenantId);
  const posted = new Set<string>();
  const first = openProcess();
  for (let round = 1; round <= 2; round++) {
    await first.run();
    await eventually("the posts of the round", async () => posts.length === 40);
    for (const { url, respond } of posts.splice(0)) {
      posted.add(url);
      respond(204);
    }
    await eventually("their outcomes", async () => {
      const rows = await Promise.all(endpoints.map(readRows));
      return rows.flat().filter(({ state }) => state === "delivered").length === round * 40;
    });
  }
  expect(posted.size).toBe(41);
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

it("a round reads few rows and runs two statements, however many events wait", async () => {
  await openEndpoint();
  await emit(3_000);
  const first = openProcess();
  await runUntilIdle(first);
  await harness.db.execute(sql`ANALYZE event_deliveries`);
  const readCount = async () => (await countRowReads(harness.db)).get("event_deliveries") ?? 0;
  const before = await readCount();
  const query = vi.spyOn(harness.db.$client, "query");
  await first.run();
  const statements = query.mock.calls.length;
  query.mockRestore();
  expect(statements).toBe(2);
  expect((await readCount()) - before).toBeLessThan(300);
});
