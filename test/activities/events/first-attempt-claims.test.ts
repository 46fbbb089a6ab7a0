import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import {
  claimFirstAttempts,
  claimLaterAttempts,
  unclaimDeliveries,
} from "../../../db/events/claim-deliveries.ts";
import { resendEvent } from "../../../db/events/event-deliveries.ts";
import {
  leaveLostToWorkflows,
  leaveToWorkflows,
  settleFirstSuccesses,
} from "../../../db/events/first-attempts.ts";
import { relayEvents } from "../../../db/events/outgoing-events.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { EgressLate } from "../../../infra/runtime/network/egress-guard.ts";
import { useFirstAttempts, withExecute } from "../../support/activities/first-attempts.ts";
import { eventually } from "../../support/eventually.ts";

const harness = useFirstAttempts("first_attempt_claims");
const { posts, statuses, openProcess, openEndpoint, emit, takePost, readRows, readStates } = harness;

const LIMITS = { rows: 10, perEndpoint: 10, perTenant: 10, inAll: 10 };

/** `claimed_at` is so old that the attempt counts as lost. */
async function loseClaims(): Promise<void> {
  await harness.db.update(eventDeliveries).set({ claimedAt: sql`now() - interval '31 seconds'` });
  await leaveLostToWorkflows(harness.db, { claimMs: 30_000, limit: 10 });
}

/** What another process does while this one is frozen: it leaves the attempt to a workflow, and starts that. */
async function continueElsewhere(): Promise<void> {
  await loseClaims();
  await claimLaterAttempts(harness.db, LIMITS);
}

const CONTINUED = [{ state: "pending", code: "response_lost", attempt: 1, isClaimed: true }];
const reset = () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });

it("a process that was frozen before it read its events posts nothing, and the attempt of the workflow goes on", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const frozen = openProcess(
    withExecute(harness.db, async (execute, call) => {
      const result = await execute();
      if (call === 2) await continueElsewhere();
      return result;
    }),
  );
  await frozen.run();
  await frozen.stop(10_000);
  expect(posts).toEqual([]);
  expect(await readStates(endpoint)).toEqual(CONTINUED);
});

it("a process that was frozen before its connection lets the attempt of the workflow go on", async () => {
  const endpoint = await openEndpoint();
  statuses.set(endpoint.url, async () => {
    await continueElsewhere();
    throw new EgressLate("The connection was there too late.");
  });
  await emit(1);
  const frozen = openProcess();
  await frozen.run();
  await frozen.stop(10_000);
  expect(await readStates(endpoint)).toEqual(CONTINUED);
});

it("a success that is known too late changes nothing for the attempt of a workflow", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const slow = openProcess();
  await slow.run();
  const { respond } = await takePost();
  await continueElsewhere();
  respond(204);
  await slow.stop(10_000);
  expect(await readStates(endpoint)).toEqual(CONTINUED);
});

it("a success that is known too late does not end the round that an operator began after it", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const slow = openProcess();
  await slow.run();
  const { eventId, respond } = await takePost();
  await loseClaims();
  await resendEvent(harness.db, { tenantId: "tenant", eventId, endpointId: endpoint.id });
  respond(204);
  await slow.stop(10_000);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: null, attempt: 1, isClaimed: false },
  ]);
});

it("an event that is sent again during its first attempt needs no third one where the second is accepted", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  const first = openProcess();
  await first.run();
  const failing = await takePost();
  await resendEvent(harness.db, { tenantId: "tenant", eventId: failing.eventId, endpointId: endpoint.id });
  await first.run();
  const accepting = await takePost();
  failing.respond(500);
  await eventually("the failure", async () => (await readRows(endpoint))[0]?.code === "http_500");
  accepting.respond(204);
  await first.stop(10_000);
  expect(await readStates(endpoint)).toEqual([
    { state: "delivered", code: null, attempt: 1, isClaimed: false },
  ]);
});

it("a row that is locked does not delay the outcomes of other endpoints, and its own is written afterwards", async () => {
  const [locked, other] = [await openEndpoint("a"), await openEndpoint("b")];
  await emit(1, "a");
  await emit(1, "b");
  const first = openProcess();
  await first.run();
  await eventually("both posts", async () => posts.length === 2);
  const isDelivered = async (endpoint: { id: string }) =>
    (await readRows(endpoint))[0]?.state === "delivered";
  await harness.db.transaction(async (tx) => {
    await tx.execute(sql`SELECT FROM event_deliveries WHERE endpoint_id = ${locked.id} FOR UPDATE`);
    const rows = [...(await readRows(locked)), ...(await readRows(other))];
    expect(await settleFirstSuccesses(harness.db, rows)).toMatchObject([{ endpointId: locked.id }]);
    expect(await isDelivered(other)).toBe(true);
    for (const { respond } of posts) respond(204);
  });
  await first.stop(10_000);
  expect(await isDelivered(locked)).toBe(true);
});

it("a late or repeated end of an attempt that was not made changes nothing for the next attempt", async () => {
  const endpoint = await openEndpoint();
  await emit(1);
  await relayEvents(harness.db, 10);
  const claim = async () => await claimFirstAttempts(harness.db, { ...LIMITS, countedMs: 30_000 });
  const earlier = await claim();
  await unclaimDeliveries(harness.db, earlier);
  expect(await claim()).toHaveLength(1);
  const [before] = await readRows(endpoint);
  await unclaimDeliveries(harness.db, earlier);
  await leaveToWorkflows(harness.db, earlier);
  expect(await readRows(endpoint)).toEqual([before]);
});

it("an attempt that a transient error prevents is repeated without a workflow", async () => {
  const endpoint = await openEndpoint();
  statuses.set(endpoint.url, async () => {
    throw reset();
  });
  await emit(1);
  const first = openProcess();
  await first.run();
  await eventually("the end of the attempt", async () => (await readRows(endpoint))[0]?.claimedAt === null);
  expect(await readStates(endpoint)).toEqual([
    { state: "pending", code: null, attempt: 0, isClaimed: false },
  ]);
  statuses.clear();
  await first.run();
  await takePost();
});

it("events that cannot be read before their attempts wait again after one statement", async () => {
  const endpoint = await openEndpoint();
  await emit(20);
  const select = vi.spyOn(harness.db, "select").mockImplementationOnce(() => {
    throw reset();
  });
  const query = vi.spyOn(harness.db.$client, "query");
  const first = openProcess();
  await expect(first.run()).rejects.toThrow("ECONNRESET");
  await first.stop(10_000);
  const statements = query.mock.calls.length;
  select.mockRestore();
  query.mockRestore();
  // The relay and `claimFirstAttempts` come first.
  expect(statements).toBe(3);
  expect((await readStates(endpoint)).every(({ attempt, isClaimed }) => attempt === 0 && !isClaimed)).toBe(
    true,
  );
});
