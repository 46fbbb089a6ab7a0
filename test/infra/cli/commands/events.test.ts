import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { settleEventDelivery } from "../../../../db/events/event-deliveries.ts";
import { emitEvent, relayEvents } from "../../../../db/events/outgoing-events.ts";
import { eventDeliveries } from "../../../../db/schema/events.ts";
import { upsertTenant } from "../../../../db/tenants/seed.ts";
import { openTerminalWithDatabase, type TerminalWithDatabase } from "../open-terminal.ts";

const tenantId = randomUUID();
let terminal: TerminalWithDatabase;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
  await upsertTenant(terminal.db, { id: tenantId, businessName: "Acme", dailyBudgetUsd: 50 });
});
afterAll(() => terminal.close());

const parley = async (...args: string[]) => await terminal.parley(...args, "--tenant", tenantId, "--json");

it("an endpoint can be created, listed, given a new secret, disabled, enabled and deleted", async () => {
  const made = await parley("endpoints", "create", "https://crm.example.com/", "--types", "message.received");
  expect(made).toMatchObject({
    status: 0,
    json: { types: ["message.received"], include_text: false, disabled_at: null },
  });
  const { id, secret } = made.json as { id: string; secret: string };
  expect((await parley("endpoints", "list")).json).toMatchObject({ data: [{ id }] });
  const rotated = (await parley("endpoints", "rotate", id, "--keep-previous", "60")).json;
  expect(rotated["secret"]).toMatch(/^whsec_/);
  expect(rotated["secret"]).not.toBe(secret);
  expect((await parley("endpoints", "disable", id)).json).toMatchObject({ disabled_reason: "operator" });
  expect(await parley("endpoints", "test", id)).toMatchObject({
    status: 1,
    json: { error: expect.any(String) as string },
  });
  expect((await parley("endpoints", "enable", id)).json).toMatchObject({ disabled_at: null });
  expect((await parley("endpoints", "test", id)).json).toMatchObject({
    event_id: expect.any(String) as string,
  });
  expect((await parley("endpoints", "delete", id)).json).toMatchObject({ id });
  expect(await parley("endpoints", "delete", id)).toMatchObject({
    status: 1,
    json: { code: "not_found", error: expect.stringContaining("parley endpoints list") as string },
  });
});

it("an event and its deliveries are listed, and the event is sent again", async () => {
  const { id: endpointId } = (await parley("endpoints", "create", "https://crm.example.com/")).json as {
    id: string;
  };
  await emitEvent(terminal.db, { tenantId, type: "conversation.taken_over", conversationId: null, data: {} });
  await relayEvents(terminal.db, 10);
  const [delivery] = await terminal.db
    .select()
    .from(eventDeliveries)
    .where(eq(eventDeliveries.endpointId, endpointId));
  const eventId = delivery?.eventId ?? "";
  await settleEventDelivery(
    terminal.db,
    { eventId, endpointId, attempt: 0 },
    { state: "failed", code: "http_500" },
  );
  expect((await parley("events", "list", "--limit", "1")).json).toMatchObject({ data: [{ id: eventId }] });
  const failed = {
    data: [{ endpoint_id: endpointId, state: "failed", code: "http_500" }],
    next_cursor: null,
  };
  expect((await parley("events", "deliveries", eventId)).json).toMatchObject(failed);
  expect((await parley("events", "sent-to", endpointId, "--state", "failed")).json).toMatchObject(failed);
  expect(await parley("events", "resend", eventId, "--endpoint", endpointId)).toMatchObject({
    status: 0,
    json: { event_id: eventId, endpoint_id: endpointId, state: "pending" },
  });
  const [again] = await terminal.db
    .select()
    .from(eventDeliveries)
    .where(eq(eventDeliveries.endpointId, endpointId));
  expect(again).toMatchObject({ state: "pending", earlierAttempts: 1, claimedAt: null });
});

it("a usage error ends with exit code 2, a failed operation with 1", async () => {
  expect((await parley("endpoints", "enable", "not-an-id")).status).toBe(2);
  expect(await parley("endpoints", "create", "https://10.0.0.1/")).toMatchObject({
    status: 2,
    json: { errors: [{ field: "<url>", message: expect.stringContaining("public internet") as string }] },
  });
  expect((await parley("events", "resend", randomUUID(), "--endpoint", randomUUID())).status).toBe(1);
});
