import { eq, sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dropPreviousSecrets, rotateEndpointSecret } from "../../../db/events/endpoint-secrets.ts";
import { resendEvent } from "../../../db/events/event-deliveries.ts";
import {
  deleteEventEndpoint,
  disableEventEndpoint,
  enableEventEndpoint,
  findEventEndpoint,
  pingEventEndpoint,
} from "../../../db/events/event-endpoints.ts";
import { eventEndpoints, events } from "../../../db/schema/events.ts";
import { settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { eventWorkflowId } from "../../../workflows/names.ts";
import { type EventHarness, openEventHarness } from "../../support/open-event-harness.ts";
import { eventually } from "../../support/eventually.ts";
import { idOf, respondInOrder } from "../../support/event-peer.ts";
import type { HttpPeer, PeerRequest } from "../../support/http-peer.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

let harness: EventHarness;
beforeAll(async () => {
  harness = await openEventHarness();
});
beforeEach(() => harness.reset());
afterAll(() => harness.close());

const signaturesOf = ({ headers }: PeerRequest) => String(headers["webhook-signature"]).split(" ");

/** Verified by the specification's library, not by our own code. */
const verify = (secret: string, { headers, body }: PeerRequest) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>;
const isSignedBy = (secret: string, request: PeerRequest) => {
  try {
    return verify(secret, request) !== null;
  } catch {
    return false;
  }
};

describe("an outgoing event", () => {
  it("an event reaches its endpoint once, as a Standard Webhook that the specification's library verifies", async () => {
    const peer = await respondInOrder([204]);
    const { id, tenantId, secret } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    const { eventId, state, attempt, code } = await harness.awaitEndAt(id);
    expect({ state, attempt, code }).toEqual({ state: "delivered", attempt: 1, code: null });
    expect(peer.requests.map(idOf)).toEqual([eventId]);
    expect(verify(secret, peer.requests[0] as PeerRequest)).toEqual({
      type: "conversation.taken_over",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      data: { agent: "ada" },
    });
    expect(peer.requests[0]).toMatchObject({ method: "POST", path: "/events" });
  });

  it("an event is retried with the same id and body and a new signature until the endpoint accepts it", async () => {
    harness.schedule.delaysMs = [0, 1_100];
    const peer = await respondInOrder([500], [200]);
    const { id, tenantId, secret } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    expect(await harness.awaitEndAt(id)).toMatchObject({ state: "delivered", attempt: 2 });
    const [first, second] = peer.requests as [PeerRequest, PeerRequest];
    expect(idOf(second)).toBe(idOf(first));
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-timestamp"]).not.toBe(first.headers["webhook-timestamp"]);
    expect([first, second].map((request) => isSignedBy(secret, request))).toEqual([true, true]);
    // The health of an endpoint is written after the outcome of the event.
    await expect
      .poll(async () => await findEventEndpoint(harness.db, { id, tenantId }))
      .toMatchObject({ failingSince: null });
  });

  it.each([302, 307, 400, 401, 404])(
    "an event that gets a %i response is retried on the whole schedule and then fails",
    async (status) => {
      const elsewhere = await respondInOrder([200]);
      const peer = await respondInOrder([status, { location: `${elsewhere.url}/events` }]);
      const { id, tenantId } = await harness.endpointAt(peer);
      await harness.emit(tenantId);
      await harness.sweep();
      expect(await harness.awaitEndAt(id)).toMatchObject({
        state: "failed",
        attempt: 3,
        code: `http_${status}`,
      });
      expect(peer.requests).toHaveLength(3);
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it("the workflow result contains the outcome of the event and its attempts", async () => {
    const peer = await respondInOrder([500]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    const { eventId } = await harness.awaitEndAt(id);
    const handle = harness.temporal.workflow.getHandle(eventWorkflowId({ eventId, endpointId: id }));
    expect(await handle.result()).toEqual({ outcome: "failed", code: "http_500", attempts: 3 });
    const history = (await handle.fetchHistory()).events ?? [];
    const started = history.flatMap((step) => step.activityTaskStartedEventAttributes ?? []);
    expect(started.map(({ attempt }) => attempt)).toEqual([1]);
    expect(history.length).toBeLessThan(15);
  });

  it("the text of a message goes only to the endpoint that includes texts", async () => {
    const [seeded] = await seedTurns(harness.db, harness.vault, 1);
    const { scope, part } = seeded as SeededTurn;
    const { tenantId } = scope;
    const [loud, quiet] = [await respondInOrder([204]), await respondInOrder([204])];
    const included = await harness.endpointAt(loud, { tenantId, includeText: true });
    const excluded = await harness.endpointAt(quiet, { tenantId });
    await settleAttempt(harness.db, part, { state: "accepted", providerId: "sm-1" });
    await harness.sweep();
    await Promise.all([harness.awaitEndAt(included.id), harness.awaitEndAt(excluded.id)]);
    const dataAt = (peer: HttpPeer) => (JSON.parse(peer.requests[0]?.body ?? "") as { data: object }).data;
    const facts = { conversation_id: scope.conversationId, delivery_id: part.id, state: "accepted" };
    expect(dataAt(loud)).toMatchObject({ ...facts, text: "An answer." });
    expect(dataAt(quiet)).toMatchObject(facts);
    expect(dataAt(quiet)).not.toHaveProperty("text");
  });

  it("an event is never sent to a private address, whichever name or endpoint leads there", async () => {
    const peer = await respondInOrder([200]);
    const { id, tenantId } = await harness.endpointAt(peer);
    const url = peer.url.replace("127.0.0.1", "localhost");
    await harness.db.update(eventEndpoints).set({ url }).where(eq(eventEndpoints.id, id));
    await harness.emit(tenantId);
    await harness.sweep();
    expect(await harness.awaitEndAt(id)).toMatchObject({ state: "failed", attempt: 3 });
    expect(peer.requests).toEqual([]);
  });
});

describe("an endpoint", () => {
  it("an endpoint that responds with 410 is disabled at once, and its pending deliveries end", async () => {
    harness.schedule.delaysMs = [0, 60_000];
    const peer = await respondInOrder([500], [410]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId, "conversation.taken_over");
    await harness.sweep();
    await eventually("the first attempt", async () =>
      (await harness.deliveries()).some((row) => row.endpointId === id && row.attempt === 1),
    );
    await harness.emit(tenantId, "conversation.handed_back");
    await harness.sweep();
    const ends = await eventually("both ends", async () => {
      await harness.sweep();
      const rows = (await harness.deliveries()).filter((row) => row.endpointId === id);
      return rows.length === 2 && rows.every(({ state }) => state === "failed") ? rows : null;
    });
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set(["endpoint_disabled", "http_410"]));
    expect(await findEventEndpoint(harness.db, { id, tenantId })).toMatchObject({ disabledReason: "gone" });
    await harness.emit(tenantId);
    await harness.sweep();
    expect(peer.requests).toHaveLength(2);
    expect((await harness.deliveries()).filter((row) => row.endpointId === id)).toHaveLength(2);
  });

  it("an endpoint that is enabled again gets the events from that time on", async () => {
    const peer = await respondInOrder([204]);
    const key = await harness.endpointAt(peer);
    await disableEventEndpoint(harness.db, key, "operator");
    await harness.emit(key.tenantId, "conversation.taken_over");
    await harness.sweep();
    expect(await enableEventEndpoint(harness.db, key)).toMatchObject({
      disabledAt: null,
      disabledReason: null,
    });
    await harness.emit(key.tenantId, "conversation.handed_back");
    await harness.sweep();
    await harness.awaitEndAt(key.id);
    expect(peer.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      "conversation.handed_back",
    ]);
  });

  it("an endpoint that fails for too long is disabled, and one success resets the failure time", async () => {
    harness.schedule.disableAfterMs = 3_600_000;
    const peer = await respondInOrder([500], [204], [500]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    await harness.awaitEndAt(id);
    await expect
      .poll(async () => await findEventEndpoint(harness.db, { id, tenantId }))
      .toMatchObject({ failingSince: null, disabledAt: null });
    await harness.db
      .update(eventEndpoints)
      .set({ failingSince: sql`now() - interval '2 hours'` })
      .where(eq(eventEndpoints.id, id));
    await harness.emit(tenantId);
    await harness.sweep();
    const endpoint = await eventually("the end of the endpoint", async () => {
      await harness.sweep();
      const found = await findEventEndpoint(harness.db, { id, tenantId });
      return found?.disabledAt == null ? null : found;
    });
    expect(endpoint.disabledReason).toBe("failing");
    expect(peer.requests).toHaveLength(3);
  });

  it("an endpoint's Retry-After applies to all of its deliveries, for at most one day", async () => {
    const peer = await respondInOrder([429, { "retry-after": "999999999" }]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId, "conversation.taken_over");
    await harness.sweep();
    const asked = await eventually("the attempt", async () =>
      (await harness.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    const waitMs = asked.nextAttemptAt.getTime() - asked.updatedAt.getTime();
    expect(Math.round(waitMs / 1_000)).toBe(86_400);
    await harness.emit(tenantId, "conversation.handed_back");
    await harness.sweep();
    const second = (await harness.deliveries()).find((row) => row.endpointId === id && row.attempt === 0);
    expect(second).toMatchObject({ state: "pending", claimedAt: null });
    expect(peer.requests).toHaveLength(1);
    await disableEventEndpoint(harness.db, { id, tenantId }, "operator");
  });

  it("the next attempt waits for the later of Retry-After and the schedule", async () => {
    harness.schedule.delaysMs = [0, 60_000];
    const peer = await respondInOrder([502, { "retry-after": "5" }]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    const asked = await eventually("the attempt", async () =>
      (await harness.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    expect(Math.round((asked.nextAttemptAt.getTime() - asked.updatedAt.getTime()) / 1_000)).toBe(60);
    await disableEventEndpoint(harness.db, { id, tenantId }, "operator");
  });

  it("a deleted endpoint gets no more events, and its deliveries are deleted", async () => {
    const peer = await respondInOrder([204]);
    const key = await harness.endpointAt(peer);
    await harness.emit(key.tenantId);
    await deleteEventEndpoint(harness.db, key);
    await harness.sweep();
    expect((await harness.deliveries()).filter(({ endpointId }) => endpointId === key.id)).toEqual([]);
    expect(peer.requests).toEqual([]);
  });

  it("an endpoint gets only the types that it asked for, and never the events of another tenant", async () => {
    const [ours, theirs] = [await respondInOrder([204]), await respondInOrder([204])];
    const a = await harness.endpointAt(ours, { types: ["conversation.handed_back"] });
    const b = await harness.endpointAt(theirs);
    await harness.emit(a.tenantId, "conversation.taken_over");
    await harness.emit(a.tenantId, "conversation.handed_back");
    await harness.sweep();
    await harness.awaitEndAt(a.id);
    expect(ours.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      "conversation.handed_back",
    ]);
    expect(
      await resendEvent(harness.db, {
        ...(await lastEventOf(a.tenantId)),
        tenantId: b.tenantId,
        endpointId: b.id,
      }),
    ).toBe("not_found");
    expect(
      await resendEvent(harness.db, {
        ...(await lastEventOf(a.tenantId)),
        tenantId: a.tenantId,
        endpointId: b.id,
      }),
    ).toBe("not_found");
    await harness.sweep();
    expect(theirs.requests).toEqual([]);
  });

  it("a ping goes to one endpoint only", async () => {
    const [first, second] = [await respondInOrder([204]), await respondInOrder([204])];
    const a = await harness.endpointAt(first);
    const b = await harness.endpointAt(second, { tenantId: a.tenantId });
    const ping = await pingEventEndpoint(harness.db, a);
    await harness.sweep();
    expect(await harness.awaitEndAt(a.id)).toMatchObject({ state: "delivered", eventId: ping?.eventId });
    expect(verify(a.secret, first.requests[0] as PeerRequest)).toMatchObject({
      type: "ping",
      data: { endpoint_id: a.id },
    });
    expect((await harness.deliveries()).filter(({ endpointId }) => endpointId === b.id)).toEqual([]);
  });
});

describe("a rotated secret", () => {
  it("the rotated secret signs together with the new secret until it expires", async () => {
    const peer = await respondInOrder([204]);
    const key = await harness.endpointAt(peer);
    const until = new Date(Date.now() + 3_600_000);
    const made = await rotateEndpointSecret(harness.db, harness.vault, key, {
      now: new Date(),
      previousUntil: until,
    });
    await sendOne(key);
    const both = peer.requests[0] as PeerRequest;
    expect(signaturesOf(both)).toHaveLength(2);
    expect([key.secret, made?.secret ?? ""].map((secret) => isSignedBy(secret, both))).toEqual([true, true]);
    const later = await rotateEndpointSecret(harness.db, harness.vault, key, {
      now: new Date(until.getTime() + 1),
      previousUntil: null,
    });
    await sendOne(key);
    const after = peer.requests[1] as PeerRequest;
    expect(
      [key.secret, made?.secret ?? "", later?.secret ?? ""].map((secret) => isSignedBy(secret, after)),
    ).toEqual([false, true, true]);
  });

  it("a dropped secret stops signing at once", async () => {
    const peer = await respondInOrder([204]);
    const key = await harness.endpointAt(peer);
    const made = await rotateEndpointSecret(harness.db, harness.vault, key, {
      now: new Date(),
      previousUntil: null,
    });
    expect(await dropPreviousSecrets(harness.db, harness.vault, key)).toBe(true);
    await sendOne(key);
    const only = peer.requests[0] as PeerRequest;
    expect(signaturesOf(only)).toHaveLength(1);
    expect([key.secret, made?.secret ?? ""].map((secret) => isSignedBy(secret, only))).toEqual([false, true]);
  });

  async function sendOne(key: { id: string; tenantId: string }): Promise<void> {
    const ping = await pingEventEndpoint(harness.db, key);
    await harness.sweep();
    await eventually("the ping", async () =>
      (await harness.deliveries()).some(
        ({ eventId, state }) => eventId === ping?.eventId && state === "delivered",
      ),
    );
  }
});

describe("a re-send", () => {
  it("a re-send after the last attempt runs the whole schedule again with the same id", async () => {
    const peer = await respondInOrder([500], [500], [500], [500], [204]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    const { eventId } = await harness.awaitEndAt(id);
    expect(await resendEvent(harness.db, { tenantId, eventId, endpointId: id })).toBe("queued");
    await harness.sweep();
    expect(await harness.awaitEndAt(id)).toMatchObject({
      state: "delivered",
      attempt: 5,
      earlierAttempts: 3,
    });
    expect(new Set(peer.requests.map(idOf))).toEqual(new Set([eventId]));
  });

  it("a re-send does not wait for the attempt that is due in hours", async () => {
    harness.schedule.delaysMs = [0, 3_600_000];
    const peer = await respondInOrder([500], [204]);
    const { id, tenantId } = await harness.endpointAt(peer);
    await harness.emit(tenantId);
    await harness.sweep();
    const { eventId } = await eventually("the attempt", async () =>
      (await harness.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    await resendEvent(harness.db, { tenantId, eventId, endpointId: id });
    await harness.sweep();
    expect(await harness.awaitEndAt(id)).toMatchObject({ state: "delivered", attempt: 2 });
  });

  it("a re-send may go to an endpoint that is newer than the event, but not to a disabled one", async () => {
    const [first, second] = [await respondInOrder([204]), await respondInOrder([204])];
    const { tenantId, id } = await harness.endpointAt(first);
    await harness.emit(tenantId);
    await harness.sweep();
    const { eventId } = await harness.awaitEndAt(id);
    const newer = await harness.endpointAt(second, { tenantId });
    expect(await resendEvent(harness.db, { tenantId, eventId, endpointId: newer.id })).toBe("queued");
    await harness.sweep();
    expect(await harness.awaitEndAt(newer.id)).toMatchObject({ state: "delivered", eventId });
    await disableEventEndpoint(harness.db, newer, "operator");
    expect(await resendEvent(harness.db, { tenantId, eventId, endpointId: newer.id })).toBe(
      "endpoint_disabled",
    );
  });
});

async function lastEventOf(tenantId: string): Promise<{ eventId: string }> {
  const rows = await harness.db.select().from(events).where(eq(events.tenantId, tenantId));
  return { eventId: rows.at(-1)?.id ?? "" };
}
