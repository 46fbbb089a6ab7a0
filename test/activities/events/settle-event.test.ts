import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SendOutcome } from "../../../activities/channels/channel.ts";
import { createSettleEvent } from "../../../activities/events/settle-event.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { findEventDelivery } from "../../../db/events/event-deliveries.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { emitEvent } from "../../../db/events/outgoing-events.ts";
import { eventDeliveries, eventEndpoints, events } from "../../../db/schema/events.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("settle_event");
});
afterAll(() => opened.close());

/** A database that accepts no change of an endpoint. */
function withoutEndpointWrites(db: Database): Database {
  const fail = () => {
    throw new Error("The row of the endpoint is locked.");
  };
  return new Proxy(db, {
    get: (target, name, receiver) =>
      name === "update"
        ? (table: unknown) => (table === eventEndpoints ? fail() : target.update(table as never))
        : name === "execute"
          ? fail
          : (Reflect.get(target, name, receiver) as unknown),
  });
}

async function seedDelivery() {
  const { db, vault } = opened;
  const [seeded] = await seedTurns(db, vault, 1);
  const tenantId = seeded?.scope.tenantId ?? "";
  const settings = { tenantId, url: "https://crm.test/", types: [], includeText: false };
  await createEventEndpoint(db, vault, settings);
  await emitEvent(db, { tenantId, type: "conversation.paused", conversationId: null, data: {} });
  const [event] = await db.select().from(events).where(eq(events.tenantId, tenantId));
  const [endpoint] = await db
    .update(eventEndpoints)
    .set({ failingSince: new Date(Date.now() - 60_000) })
    .where(eq(eventEndpoints.tenantId, tenantId))
    .returning();
  const row = { tenantId, eventId: event?.id ?? "", endpointId: endpoint?.id ?? "" };
  await db.insert(eventDeliveries).values(row);
  const found = await findEventDelivery(db, row);
  if (found === null) throw new Error("The delivery is not found.");
  const isOwn = eq(eventDeliveries.tenantId, tenantId);
  return { found, read: async () => (await db.select().from(eventDeliveries).where(isOwn))[0] };
}

it.each<[string, SendOutcome, object]>([
  ["an accepted event", { kind: "accepted", providerId: "" }, { state: "delivered", attempt: 1 }],
  [
    "a rejected event",
    { kind: "refused", class: "retry", code: "http_500", retryAfterMs: null },
    { state: "pending", code: "http_500", attempt: 1 },
  ],
])("the outcome of %s is written although the health of its endpoint is not", async (_what, outcome, row) => {
  const { found, read } = await seedDelivery();
  const { settleOutcome } = createSettleEvent(
    {
      db: withoutEndpointWrites(opened.db),
      delayBeforeEventMs: () => 60_000,
      disableAfterMs: 3_600_000,
    },
    { log: createLog({ level: "silent", name: "test" }) },
  );
  expect(await settleOutcome(found, outcome)).toMatchObject({ attempts: 1 });
  expect(await read()).toMatchObject(row);
});

it("an event for a forbidden target fails at its first attempt and is reported, because no later one can pass", async () => {
  const { found, read } = await seedDelivery();
  const noted: string[] = [];
  const { settleOutcome } = createSettleEvent(
    {
      db: opened.db,
      delayBeforeEventMs: () => 60_000,
      disableAfterMs: 3_600_000,
      reports: { note: (subject) => void noted.push(subject), noteRecovery: () => undefined },
    },
    { log: createLog({ level: "silent", name: "test" }) },
  );
  const outcome: SendOutcome = { kind: "refused", class: "config", code: "not_https", retryAfterMs: null };
  expect(await settleOutcome(found, outcome)).toMatchObject({ outcome: "failed" });
  expect(await read()).toMatchObject({ state: "failed", code: "not_https", attempt: 1 });
  expect(noted).toEqual([`endpoint/${found.endpoint.id}`]);
});
