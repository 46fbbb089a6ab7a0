import { eq, sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { deleteEventEndpoint, disableEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { recordEndpointFailure } from "../../../db/events/endpoint-health.ts";
import { resendFailed } from "../../../db/events/event-deliveries.ts";
import { leaveLostToWorkflows } from "../../../db/events/first-attempts.ts";
import { eventEndpoints, eventDeliveries } from "../../../db/schema/events.ts";
import { eventually } from "../../support/eventually.ts";
import { runUntilIdle, useFirstAttempts, withExecute } from "../../support/activities/first-attempts.ts";

const harness = useFirstAttempts("first_attempts");
const { posts, statuses, openProcess, openEndpoint, emit, takePost, readRows, readStates } = harness;

/** The relay is the first statement of a round, and `claimFirstAttempts` is the second one. */
const afterClaim = (work: () => Promise<unknown>) =>
  withExecute(harness.db, async (execute, call) => {
    const result = await execute();
    if (call === 2) await work();
    return result;
  });

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
  await harness.db.update(eventDeliveries).set({ nextAttemptAt: sql`now()` });
  await runUntilIdle(first);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: "http_500", attempt: 1, isClaimed: false },
  ]);
});

it("an event whose process is killed during its first attempt is left to a workflow with an unknown outcome, and no sooner", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const killed = openProcess();
  await killed.run();
  const limits = { claimMs: 30_000, limit: 10 };
  expect(await leaveLostToWorkflows(harness.db, limits)).toBe(0);
  await harness.db.update(eventDeliveries).set({ claimedAt: sql`now() - interval '31 seconds'` });
  expect(await leaveLostToWorkflows(harness.db, limits)).toBe(1);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: "response_lost", attempt: 1, isClaimed: false },
  ]);
  // The process lives after all, and no workflow has begun.
  (await takePost()).respond(204);
  await killed.stop(10_000);
  expect(await readStates(endpoint)).toEqual([
    { state: "delivered", code: null, attempt: 1, isClaimed: false },
  ]);
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

it("an endpoint that is disabled during a post keeps that state, whatever it responds", async () => {
  const endpoint = await openEndpoint();
  await emit(2);
  const first = openProcess();
  await first.run();
  await eventually("both posts", async () => posts.length === 2);
  await disableEventEndpoint(harness.db, endpoint, "operator");
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
  await deleteEventEndpoint(harness.db, endpoint);
  post.respond(204);
  await first.stop(10_000);
  expect(await readRows(endpoint)).toEqual([]);
});

it.each<[string, (key: { tenantId: string; id: string }) => Promise<unknown>]>([
  ["is disabled", async (key) => await disableEventEndpoint(harness.db, key, "operator")],
  ["is deleted", async (key) => await deleteEventEndpoint(harness.db, key)],
  ["asks for a pause", async ({ id }) => await recordEndpointFailure(harness.db, id, { throttleMs: 60_000 })],
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

it("a post begins within 6 s after the last look at its endpoint", async () => {
  await openEndpoint();
  await emit(1);
  await openProcess().run();
  expect((await takePost()).mayWaitMs).toBeLessThanOrEqual(6_000);
});

it("an endpoint that asks for a pause gets no event until its end", async () => {
  const endpoint = await openEndpoint();
  await recordEndpointFailure(harness.db, endpoint.id, { throttleMs: 60_000 });
  await emit(1);
  const first = openProcess();
  await runUntilIdle(first);
  expect(posts).toEqual([]);
  await harness.db.update(eventEndpoints).set({ throttledUntil: sql`now()` });
  await first.run();
  expect(await takePost()).toMatchObject({ url: endpoint.url });
});

it("an event whose secret cannot be read is left to a workflow, and the others go out", async () => {
  const [unreadable, readable] = [await openEndpoint(), await openEndpoint()];
  await harness.db
    .update(eventEndpoints)
    .set({ secrets: Buffer.from("lost") })
    .where(eq(eventEndpoints.id, unreadable.id));
  statuses.set(readable.url, 204);
  await emit(1);
  await openProcess().run();
  await eventually("the other event", async () => (await readRows(readable))[0]?.state === "delivered");
  await eventually("the code", async () => (await readRows(unreadable))[0]?.code === "not_sent");
  expect(await readStates(unreadable)).toEqual([
    { state: "pending", code: "not_sent", attempt: 1, isClaimed: false },
  ]);
});

it("an outcome that PostgreSQL does not accept at first is written later, and the event is posted once", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  let failures = 2;
  const first = openProcess(
    withExecute(harness.db, async (execute, call) => {
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
  const query = vi.spyOn(harness.db.$client, "query");
  await first.run();
  expect(query).toHaveBeenCalledTimes(1);
  query.mockRestore();
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
  await disableEventEndpoint(harness.db, endpoint, "operator");
  for (const { respond } of posts.splice(0)) respond(204);
  await first.stop(10_000);
  await harness.db.update(eventEndpoints).set({ disabledAt: null, disabledReason: null });
  expect(await resendFailed(harness.db, { endpointId: endpoint.id, since: new Date(0) })).toBe(3);
  await openProcess().run();
  await eventually("the posts", async () => posts.length === 3);
});

it("a burst of accepted events is written by few statements", async () => {
  await openEndpoint();
  await emit(20);
  const first = openProcess();
  await first.run();
  await eventually("the posts", async () => posts.length === 20);
  const query = vi.spyOn(harness.db.$client, "query");
  for (const { respond } of posts) respond(204);
  await first.stop(10_000);
  const statements = query.mock.calls.length;
  query.mockRestore();
  expect(statements).toBeLessThanOrEqual(4);
});
