import { eq, sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dropEarlierSecrets, rotateEndpointSecret } from "../../db/endpoint-secrets.ts";
import { resendEvent } from "../../db/event-deliveries.ts";
import {
  deleteEventEndpoint,
  disableEventEndpoint,
  enableEventEndpoint,
  findEventEndpoint,
  pingEventEndpoint,
} from "../../db/event-endpoints.ts";
import { deleteOldEvents } from "../../db/outgoing-events.ts";
import { eventDeliveries, eventEndpoints, events } from "../../db/schema/events.ts";
import { settleAttempt } from "../../db/deliveries.ts";
import { eventWorkflowId } from "../../workflows/names.ts";
import { type EventDesk, openEventDesk } from "../support/open-event-desk.ts";
import { eventually } from "../support/eventually.ts";
import { answerWith, type HttpPeer, openHttpPeer, type PeerRequest } from "../support/http-peer.ts";
import { type SeededTurn, seedTurns } from "../support/seed-turns.ts";

let desk: EventDesk;
beforeAll(async () => {
  desk = await openEventDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

/** Answers with these, one after the other, the last one for ever. */
const answers = (...codes: [number, Record<string, string>?][]) => {
  let next = 0;
  return openHttpPeer((response) => {
    const [code, headers] = codes[Math.min(next++, codes.length - 1)] ?? [500];
    answerWith(code, headers)(response);
  });
};

const idOf = ({ headers }: PeerRequest) => String(headers["webhook-id"]);
const signaturesOf = ({ headers }: PeerRequest) => String(headers["webhook-signature"]).split(" ");

/** By the specification's own library, and nothing of ours. */
const verify = (secret: string, { headers, body }: PeerRequest) =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>;
const isSignedBy = (secret: string, request: PeerRequest) => {
  try {
    return verify(secret, request) !== null;
  } catch {
    return false;
  }
};

describe("an event", () => {
  it("comes to its endpoint once, as a Standard Webhook that the specification's library verifies", async () => {
    const peer = await answers([204]);
    const { id, tenantId, secret } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    const { eventId, state, attempt, code } = await desk.endAt(id);
    expect({ state, attempt, code }).toEqual({ state: "delivered", attempt: 1, code: null });
    expect(peer.requests.map(idOf)).toEqual([eventId]);
    expect(verify(secret, peer.requests[0] as PeerRequest)).toEqual({
      type: "conversation.claimed",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      data: { operator: "ada" },
    });
    expect(peer.requests[0]).toMatchObject({ method: "POST", path: "/events" });
  });

  it("is tried again with the same id and body and a fresh signature until the endpoint takes it", async () => {
    desk.pace.delaysMs = [0, 1_100];
    const peer = await answers([500], [200]);
    const { id, tenantId, secret } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    expect(await desk.endAt(id)).toMatchObject({ state: "delivered", attempt: 2 });
    const [first, second] = peer.requests as [PeerRequest, PeerRequest];
    expect(idOf(second)).toBe(idOf(first));
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-timestamp"]).not.toBe(first.headers["webhook-timestamp"]);
    expect([first, second].map((request) => isSignedBy(secret, request))).toEqual([true, true]);
    expect(await findEventEndpoint(desk.db, { id, tenantId })).toMatchObject({ failingSince: null });
  });

  it.each([302, 307, 400, 401, 404])(
    "that %i answers is tried on the whole schedule and then ends as failed",
    async (status) => {
      const elsewhere = await answers([200]);
      const peer = await answers([status, { location: `${elsewhere.url}/events` }]);
      const { id, tenantId } = await desk.endpointAt(peer);
      await desk.emit(tenantId);
      await desk.sweep();
      expect(await desk.endAt(id)).toMatchObject({ state: "failed", attempt: 3, code: `http_${status}` });
      expect(peer.requests).toHaveLength(3);
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it("ends in Temporal as what became of it, with its attempts", async () => {
    const peer = await answers([500]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    const { eventId } = await desk.endAt(id);
    const handle = desk.temporal.workflow.getHandle(eventWorkflowId({ eventId, endpointId: id }));
    expect(await handle.result()).toEqual({ outcome: "failed", code: "http_500", attempts: 3 });
    const history = (await handle.fetchHistory()).events ?? [];
    const started = history.flatMap((step) => step.activityTaskStartedEventAttributes ?? []);
    expect(started.map(({ attempt }) => attempt)).toEqual([3]);
    expect(history.length).toBeLessThan(15);
  });

  it("brings what was said only to the endpoint that asked for it", async () => {
    const [seeded] = await seedTurns(desk.db, desk.vault, 1);
    const { scope, part } = seeded as SeededTurn;
    const { tenantId } = scope;
    const [loud, quiet] = [await answers([204]), await answers([204])];
    const told = await desk.endpointAt(loud, { tenantId, includeText: true });
    const untold = await desk.endpointAt(quiet, { tenantId });
    await settleAttempt(desk.db, part, { state: "accepted", providerId: "sm-1", acceptedAt: new Date() });
    await desk.sweep();
    await Promise.all([desk.endAt(told.id), desk.endAt(untold.id)]);
    const dataAt = (peer: HttpPeer) => (JSON.parse(peer.requests[0]?.body ?? "") as { data: object }).data;
    const facts = { conversation_id: scope.conversationId, delivery_id: part.id, state: "accepted" };
    expect(dataAt(loud)).toMatchObject({ ...facts, text: "An answer." });
    expect(dataAt(quiet)).toMatchObject(facts);
    expect(dataAt(quiet)).not.toHaveProperty("text");
  });

  it("goes to no private address, whatever name or endpoint leads there", async () => {
    const peer = await answers([200]);
    const { id, tenantId } = await desk.endpointAt(peer);
    const url = peer.url.replace("127.0.0.1", "localhost");
    await desk.db.update(eventEndpoints).set({ url }).where(eq(eventEndpoints.id, id));
    await desk.emit(tenantId);
    await desk.sweep();
    expect(await desk.endAt(id)).toMatchObject({ state: "failed", attempt: 3 });
    expect(peer.requests).toEqual([]);
  });
});

describe("an endpoint", () => {
  it("that answers 410 is disabled at once, and what waits for it ends", async () => {
    desk.pace.delaysMs = [0, 60_000];
    const peer = await answers([500], [410]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId, "conversation.claimed");
    await desk.sweep();
    await eventually("the first attempt", async () =>
      (await desk.deliveries()).some((row) => row.endpointId === id && row.attempt === 1),
    );
    await desk.emit(tenantId, "conversation.released");
    await desk.sweep();
    const ends = await eventually("both ends", async () => {
      const rows = (await desk.deliveries()).filter((row) => row.endpointId === id);
      return rows.length === 2 && rows.every(({ state }) => state === "failed") ? rows : null;
    });
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set(["endpoint_disabled", "http_410"]));
    expect(await findEventEndpoint(desk.db, { id, tenantId })).toMatchObject({ disabledReason: "gone" });
    await desk.emit(tenantId);
    await desk.sweep();
    expect(peer.requests).toHaveLength(2);
    expect((await desk.deliveries()).filter((row) => row.endpointId === id)).toHaveLength(2);
  });

  it("that was disabled gets what happens from the moment it is enabled again", async () => {
    const peer = await answers([204]);
    const key = await desk.endpointAt(peer);
    await disableEventEndpoint(desk.db, key, "operator");
    await desk.emit(key.tenantId, "conversation.claimed");
    await desk.sweep();
    expect(await enableEventEndpoint(desk.db, key)).toMatchObject({ disabledAt: null, disabledReason: null });
    await desk.emit(key.tenantId, "conversation.released");
    await desk.sweep();
    await desk.endAt(key.id);
    expect(peer.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      "conversation.released",
    ]);
  });

  it("that fails without a break for too long is disabled, and one success makes it well again", async () => {
    desk.pace.disableAfterMs = 3_600_000;
    const peer = await answers([500], [204], [500]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    await desk.endAt(id);
    expect(await findEventEndpoint(desk.db, { id, tenantId })).toMatchObject({
      failingSince: null,
      disabledAt: null,
    });
    await desk.db
      .update(eventEndpoints)
      .set({ failingSince: sql`now() - interval '2 hours'` })
      .where(eq(eventEndpoints.id, id));
    await desk.emit(tenantId);
    await desk.sweep();
    const endpoint = await eventually("the end of the endpoint", async () => {
      const found = await findEventEndpoint(desk.db, { id, tenantId });
      return found?.disabledAt == null ? null : found;
    });
    expect(endpoint.disabledReason).toBe("failing");
    expect(peer.requests).toHaveLength(3);
  });

  it("that asks for patience is obeyed, by what waits for it too, and for a day at most", async () => {
    const peer = await answers([429, { "retry-after": "999999999" }]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId, "conversation.claimed");
    await desk.sweep();
    const asked = await eventually("the attempt", async () =>
      (await desk.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    const waitMs = asked.nextAttemptAt.getTime() - asked.updatedAt.getTime();
    expect(Math.round(waitMs / 1_000)).toBe(86_400);
    await desk.emit(tenantId, "conversation.released");
    await desk.sweep();
    const second = await eventually("the second event's run", async () => {
      const row = (await desk.deliveries()).find((other) => other.endpointId === id && other.attempt === 0);
      if (row === undefined) return null;
      const { raw } = await desk.temporal.workflow.getHandle(eventWorkflowId(row)).describe();
      return raw.pendingActivities?.find(({ lastFailure }) => lastFailure != null);
    });
    expect(second.attempt).toBe(2);
    expect(peer.requests).toHaveLength(1);
    await disableEventEndpoint(desk.db, { id, tenantId }, "operator");
  });

  it("waits for the later of Retry-After and the schedule", async () => {
    desk.pace.delaysMs = [0, 60_000];
    const peer = await answers([502, { "retry-after": "5" }]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    const asked = await eventually("the attempt", async () =>
      (await desk.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    expect(Math.round((asked.nextAttemptAt.getTime() - asked.updatedAt.getTime()) / 1_000)).toBe(60);
    await disableEventEndpoint(desk.db, { id, tenantId }, "operator");
  });

  it("that is deleted is sent nothing more, and its deliveries go with it", async () => {
    const peer = await answers([204]);
    const key = await desk.endpointAt(peer);
    await desk.emit(key.tenantId);
    await deleteEventEndpoint(desk.db, key);
    await desk.sweep();
    expect((await desk.deliveries()).filter(({ endpointId }) => endpointId === key.id)).toEqual([]);
    expect(peer.requests).toEqual([]);
  });

  it("gets the types it asked for, and never another tenant's events", async () => {
    const [ours, theirs] = [await answers([204]), await answers([204])];
    const a = await desk.endpointAt(ours, { types: ["conversation.released"] });
    const b = await desk.endpointAt(theirs);
    await desk.emit(a.tenantId, "conversation.claimed");
    await desk.emit(a.tenantId, "conversation.released");
    await desk.sweep();
    await desk.endAt(a.id);
    expect(ours.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      "conversation.released",
    ]);
    expect(
      await resendEvent(desk.db, {
        ...(await lastEventOf(a.tenantId)),
        tenantId: b.tenantId,
        endpointId: b.id,
      }),
    ).toBe("not_found");
    expect(
      await resendEvent(desk.db, {
        ...(await lastEventOf(a.tenantId)),
        tenantId: a.tenantId,
        endpointId: b.id,
      }),
    ).toBe("not_found");
    await desk.sweep();
    expect(theirs.requests).toEqual([]);
  });

  it("can be tried out with a ping, which nobody else gets", async () => {
    const [first, second] = [await answers([204]), await answers([204])];
    const a = await desk.endpointAt(first);
    const b = await desk.endpointAt(second, { tenantId: a.tenantId });
    const ping = await pingEventEndpoint(desk.db, a);
    await desk.sweep();
    expect(await desk.endAt(a.id)).toMatchObject({ state: "delivered", eventId: ping?.eventId });
    expect(verify(a.secret, first.requests[0] as PeerRequest)).toMatchObject({
      type: "ping",
      data: { endpoint_id: a.id },
    });
    expect((await desk.deliveries()).filter(({ endpointId }) => endpointId === b.id)).toEqual([]);
  });
});

describe("a secret that is rotated", () => {
  it("signs beside the new one until its time is over", async () => {
    const peer = await answers([204]);
    const key = await desk.endpointAt(peer);
    const until = new Date(Date.now() + 3_600_000);
    const made = await rotateEndpointSecret(desk.db, desk.vault, key, {
      now: new Date(),
      previousUntil: until,
    });
    await sendOne(key);
    const both = peer.requests[0] as PeerRequest;
    expect(signaturesOf(both)).toHaveLength(2);
    expect([key.secret, made?.secret ?? ""].map((secret) => isSignedBy(secret, both))).toEqual([true, true]);
    const later = await rotateEndpointSecret(desk.db, desk.vault, key, {
      now: new Date(until.getTime() + 1),
      previousUntil: null,
    });
    await sendOne(key);
    const after = peer.requests[1] as PeerRequest;
    expect(
      [key.secret, made?.secret ?? "", later?.secret ?? ""].map((secret) => isSignedBy(secret, after)),
    ).toEqual([false, true, true]);
  });

  it("is gone at once where it is dropped", async () => {
    const peer = await answers([204]);
    const key = await desk.endpointAt(peer);
    const made = await rotateEndpointSecret(desk.db, desk.vault, key, {
      now: new Date(),
      previousUntil: null,
    });
    expect(await dropEarlierSecrets(desk.db, desk.vault, key)).toBe(true);
    await sendOne(key);
    const only = peer.requests[0] as PeerRequest;
    expect(signaturesOf(only)).toHaveLength(1);
    expect([key.secret, made?.secret ?? ""].map((secret) => isSignedBy(secret, only))).toEqual([false, true]);
  });

  async function sendOne(key: { id: string; tenantId: string }): Promise<void> {
    const ping = await pingEventEndpoint(desk.db, key);
    await desk.sweep();
    await eventually("the ping", async () =>
      (await desk.deliveries()).some(
        ({ eventId, state }) => eventId === ping?.eventId && state === "delivered",
      ),
    );
  }
});

describe("a re-send", () => {
  it("after the last attempt is a new round of the whole schedule, with the same id", async () => {
    const peer = await answers([500], [500], [500], [500], [204]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    const { eventId } = await desk.endAt(id);
    expect(await resendEvent(desk.db, { tenantId, eventId, endpointId: id })).toBe("queued");
    await desk.sweep();
    expect(await desk.endAt(id)).toMatchObject({ state: "delivered", attempt: 5, earlierAttempts: 3 });
    expect(new Set(peer.requests.map(idOf))).toEqual(new Set([eventId]));
  });

  it("does not wait for the attempt that is due in hours", async () => {
    desk.pace.delaysMs = [0, 3_600_000];
    const peer = await answers([500], [204]);
    const { id, tenantId } = await desk.endpointAt(peer);
    await desk.emit(tenantId);
    await desk.sweep();
    const { eventId } = await eventually("the attempt", async () =>
      (await desk.deliveries()).find((row) => row.endpointId === id && row.attempt === 1),
    );
    await resendEvent(desk.db, { tenantId, eventId, endpointId: id });
    await desk.sweep();
    expect(await desk.endAt(id)).toMatchObject({ state: "delivered", attempt: 2 });
  });

  it("may go to an endpoint that is newer than the event, and to none that is off", async () => {
    const [first, second] = [await answers([204]), await answers([204])];
    const { tenantId, id } = await desk.endpointAt(first);
    await desk.emit(tenantId);
    await desk.sweep();
    const { eventId } = await desk.endAt(id);
    const newer = await desk.endpointAt(second, { tenantId });
    expect(await resendEvent(desk.db, { tenantId, eventId, endpointId: newer.id })).toBe("queued");
    await desk.sweep();
    expect(await desk.endAt(newer.id)).toMatchObject({ state: "delivered", eventId });
    await disableEventEndpoint(desk.db, newer, "operator");
    expect(await resendEvent(desk.db, { tenantId, eventId, endpointId: newer.id })).toBe("endpoint_disabled");
  });
});

describe("the relay", () => {
  it("of two processes at once delivers each of 100 events once", async () => {
    const peer = await answers([204]);
    const { id, tenantId } = await desk.endpointAt(peer);
    for (let i = 0; i < 100; i++) await desk.emit(tenantId, "conversation.claimed", { i });
    const relays = [desk.relay(), desk.relay()];
    await eventually("all of them", async () => {
      await Promise.all(relays.map((relay) => relay()));
      const rows = (await desk.deliveries()).filter(({ endpointId }) => endpointId === id);
      return rows.length === 100 && rows.every(({ state }) => state === "delivered");
    });
    expect(peer.requests).toHaveLength(100);
    expect(new Set(peer.requests.map(idOf)).size).toBe(100);
  });

  it("loses nothing to a receiver that is down while the worker is restarted", async () => {
    desk.pace.delaysMs = [0, 300, 300, 300, 300, 300, 300, 300, 300, 300];
    let isDown = true;
    const taken = new Set<string>();
    const peer = await openHttpPeer((response, request) => {
      if (!isDown) taken.add(idOf(request));
      if (isDown) response.destroy();
      else answerWith(204)(response);
    });
    const { id, tenantId } = await desk.endpointAt(peer);
    for (let i = 0; i < 20; i++) await desk.emit(tenantId, "conversation.claimed", { i });
    await desk.sweep();
    await eventually("a first attempt", async () => peer.requests.length > 0);
    await desk.stopWorker();
    isDown = false;
    await desk.restartWorker();
    // A task that the server had handed to the worker's last poll comes back when its 30 s are over.
    const rows = await eventually(
      "all of them",
      async () => {
        const all = (await desk.deliveries()).filter(({ endpointId }) => endpointId === id);
        return all.every(({ state }) => state !== "pending") ? all : null;
      },
      90_000,
    );
    expect(rows.map(({ state }) => state)).toEqual(rows.map(() => "delivered"));
    expect(rows).toHaveLength(20);
    expect(taken).toEqual(new Set(rows.map(({ eventId }) => eventId)));
  }, 120_000);

  it("starts again what is overdue and has no workflow any more", async () => {
    const peer = await answers([204]);
    const { id, tenantId } = await desk.endpointAt(peer);
    const ping = await pingEventEndpoint(desk.db, { id, tenantId });
    const ago = sql`now() - interval '2 minutes'`;
    await desk.db
      .update(eventDeliveries)
      .set({ workflowAt: ago, nextAttemptAt: ago })
      .where(eq(eventDeliveries.eventId, ping?.eventId ?? ""));
    await desk.sweep();
    expect(await desk.endAt(id)).toMatchObject({ state: "delivered" });
  });

  it("forgets old events with their deliveries, but none that is still on its way", async () => {
    desk.pace.delaysMs = [0, 3_600_000];
    const [good, bad] = [await answers([204]), await answers([500])];
    const done = await desk.endpointAt(good);
    const stuck = await desk.endpointAt(bad);
    for (const { tenantId } of [done, stuck]) await desk.emit(tenantId);
    await desk.sweep();
    await desk.endAt(done.id);
    await eventually("the attempt", async () => bad.requests.length === 1);
    const old = { createdAt: sql`now() - interval '31 days'` };
    for (const { tenantId } of [done, stuck])
      await desk.db.update(events).set(old).where(eq(events.tenantId, tenantId));
    const fresh = await pingEventEndpoint(desk.db, done);
    const limits = { olderThanMs: 30 * 86_400_000, limit: 1_000 };
    expect(await deleteOldEvents(desk.db, limits)).toBe(1);
    const left = (await desk.deliveries()).filter(({ tenantId }) =>
      [done, stuck].some((one) => one.tenantId === tenantId),
    );
    expect(left.map(({ endpointId }) => endpointId).toSorted()).toEqual([done.id, stuck.id].toSorted());
    expect(left.some(({ eventId }) => eventId === fresh?.eventId)).toBe(true);
  });
});

async function lastEventOf(tenantId: string): Promise<{ eventId: string }> {
  const rows = await desk.db.select().from(events).where(eq(events.tenantId, tenantId));
  return { eventId: rows.at(-1)?.id ?? "" };
}
