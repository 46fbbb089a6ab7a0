import { WorkflowNotFoundError } from "@temporalio/client";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { pingEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { deleteOldEvents } from "../../../db/events/outgoing-events.ts";
import { deadLetterDismissals } from "../../../db/schema/dead-letters.ts";
import { eventDeliveries, events } from "../../../db/schema/events.ts";
import { eventWorkflowId } from "../../../workflows/names.ts";
import { eventually } from "../../support/eventually.ts";
import { idOf, respondInOrder } from "../../support/event-peer.ts";
import { openHttpPeer, respondWith } from "../../support/http-peer.ts";
import { type EventHarness, openEventHarness } from "../../support/open-event-harness.ts";

let harness: EventHarness;
beforeAll(async () => {
  harness = await openEventHarness();
});
beforeEach(() => harness.reset());
afterAll(() => harness.close());

it("two sweepers at the same time deliver each of 100 events once", async () => {
  const peer = await respondInOrder([204]);
  const { id, tenantId } = await harness.endpointAt(peer);
  for (let i = 0; i < 100; i++) await harness.emit(tenantId, "conversation.taken_over", { i });
  const sweepers = [harness.openSweeper(), harness.openSweeper()];
  await eventually("all of them", async () => {
    await Promise.all(sweepers.map((sweep) => sweep()));
    const rows = (await harness.deliveries()).filter(({ endpointId }) => endpointId === id);
    return rows.length === 100 && rows.every(({ state }) => state === "delivered");
  });
  expect(peer.requests).toHaveLength(100);
  expect(new Set(peer.requests.map(idOf)).size).toBe(100);
});

it("no event is lost while the receiver is down and the worker restarts", async () => {
  harness.schedule.delaysMs = [0, 300, 300, 300, 300, 300, 300, 300, 300, 300];
  let isDown = true;
  const taken = new Set<string>();
  const peer = await openHttpPeer((response, request) => {
    if (!isDown) taken.add(idOf(request));
    if (isDown) response.destroy();
    else respondWith(204)(response);
  });
  const { id, tenantId } = await harness.endpointAt(peer);
  for (let i = 0; i < 20; i++) await harness.emit(tenantId, "conversation.taken_over", { i });
  await harness.sweep();
  await eventually("a first attempt", async () => peer.requests.length > 0);
  await harness.stopWorker();
  isDown = false;
  await harness.restartWorker();
  // A task of the worker's last poll is repeated when its 30 s are over.
  const rows = await eventually(
    "all of them",
    async () => {
      await harness.sweep();
      const all = (await harness.deliveries()).filter(({ endpointId }) => endpointId === id);
      return all.every(({ state }) => state !== "pending") ? all : null;
    },
    90_000,
  );
  expect(rows.map(({ state }) => state)).toEqual(rows.map(() => "delivered"));
  expect(rows).toHaveLength(20);
  expect(taken).toEqual(new Set(rows.map(({ eventId }) => eventId)));
});

it.each([
  ["a first attempt whose process was killed", 0, 2],
  ["a later attempt whose workflow was lost", 1, 2],
])("%s is followed by an attempt of a workflow", async (_what, attempt, attempts) => {
  const peer = await respondInOrder([204]);
  const { id, tenantId } = await harness.endpointAt(peer);
  const { eventId = "" } = (await pingEventEndpoint(harness.db, { id, tenantId })) ?? {};
  const ago = sql`now() - interval '2 minutes'`;
  await harness.db
    .update(eventDeliveries)
    .set({ attempt, claimedAt: ago, nextAttemptAt: ago })
    .where(eq(eventDeliveries.eventId, eventId));
  await harness.sweep();
  expect(await harness.awaitEndAt(id)).toMatchObject({ state: "delivered", attempt: attempts });
  expect(peer.requests.map(idOf)).toEqual([eventId]);
  const workflow = harness.temporal.workflow.getHandle(eventWorkflowId({ eventId, endpointId: id }));
  expect(await workflow.result()).toMatchObject({ outcome: "delivered" });
});

it("an event that is accepted at once has no workflow", async () => {
  const peer = await respondInOrder([204]);
  const { id, tenantId } = await harness.endpointAt(peer);
  await harness.emit(tenantId);
  const { eventId } = await harness.awaitEndAt(id);
  await harness.sweep();
  const workflow = harness.temporal.workflow.getHandle(eventWorkflowId({ eventId, endpointId: id }));
  await expect(workflow.describe()).rejects.toBeInstanceOf(WorkflowNotFoundError);
});

it("a workflow of an earlier round makes no first attempt of the round that an operator began", async () => {
  const peer = await respondInOrder([204]);
  const { id, tenantId } = await harness.endpointAt(peer);
  const { eventId = "" } = (await pingEventEndpoint(harness.db, { id, tenantId })) ?? {};
  await harness.startWorkflow({ tenantId, eventId, endpointId: id });
  const workflow = harness.temporal.workflow.getHandle(eventWorkflowId({ eventId, endpointId: id }));
  expect(await workflow.result()).toMatchObject({ outcome: "waiting", attempts: 0 });
  expect(peer.requests).toEqual([]);
  expect(await harness.awaitEndAt(id)).toMatchObject({ state: "delivered", attempt: 1 });
});

it("the relay deletes old events with their deliveries and dismissals, except those with a pending delivery", async () => {
  harness.schedule.delaysMs = [0, 3_600_000];
  const [good, bad] = [await respondInOrder([204]), await respondInOrder([500])];
  const done = await harness.endpointAt(good);
  const stuck = await harness.endpointAt(bad);
  for (const { tenantId } of [done, stuck]) await harness.emit(tenantId);
  await harness.sweep();
  await harness.awaitEndAt(done.id);
  await eventually("the attempt", async () => bad.requests.length === 1);
  const old = { createdAt: sql`now() - interval '31 days'` };
  for (const { tenantId } of [done, stuck])
    await harness.db.update(events).set(old).where(eq(events.tenantId, tenantId));
  const fresh = await pingEventEndpoint(harness.db, done);
  const limits = { olderThanMs: 30 * 86_400_000, limit: 1_000 };
  for (const { tenantId, eventId, endpointId } of await harness.deliveries())
    await harness.db
      .insert(deadLetterDismissals)
      .values({ tenantId, id: `${eventId}.${endpointId}`, author: "ada", note: "" });
  expect(await deleteOldEvents(harness.db, limits)).toBe(1);
  const left = (await harness.deliveries()).filter(({ tenantId }) =>
    [done, stuck].some((one) => one.tenantId === tenantId),
  );
  expect(left.map(({ endpointId }) => endpointId).toSorted()).toEqual([done.id, stuck.id].toSorted());
  expect(left.some(({ eventId }) => eventId === fresh?.eventId)).toBe(true);
  const dismissals = await harness.db.select().from(deadLetterDismissals);
  expect(dismissals.map(({ id }) => id).toSorted()).toEqual(
    (await harness.deliveries()).map(({ eventId, endpointId }) => `${eventId}.${endpointId}`).toSorted(),
  );
});
