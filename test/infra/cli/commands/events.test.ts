import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { upsertTenant } from "../../../../db/tenants/accounts.ts";
import { settleEventDelivery } from "../../../../db/events/event-deliveries.ts";
import { emitEvent, relayEvents } from "../../../../db/events/outgoing-events.ts";
import { connectPostgres, type Database } from "../../../../db/connection/postgres.ts";
import { eventDeliveries } from "../../../../db/schema/events.ts";
import { cloneDatabase } from "../../../support/clone-database.ts";

const PARLEY = fileURLToPath(new URL("../../../../infra/cli/parley.ts", import.meta.url));
const tenant = randomUUID();
let database: Awaited<ReturnType<typeof cloneDatabase>>;
let db: Database;

beforeAll(async () => {
  const name = `cli_${randomBytes(4).toString("hex")}`;
  database = await cloneDatabase(inject("sandboxEnv")["DATABASE_URL"] ?? "", name);
  db = connectPostgres({
    url: database.url,
    maxConnections: 2,
    applicationName: "test",
    onError: () => undefined,
  });
  await upsertTenant(db, { id: tenant, businessName: "Acme", dailyBudgetUsd: 50 });
});
afterAll(async () => {
  await db.$client.end();
  await database.drop();
});

/** As an operator would, with --json. */
function parley(...args: string[]) {
  const env = { ...process.env, ...inject("sandboxEnv"), DATABASE_URL: database.url };
  const all = [PARLEY, ...args, "--tenant", tenant, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { env, encoding: "utf8" });
  return { status, stderr, json: (stdout === "" ? {} : JSON.parse(stdout)) as Record<string, unknown> };
}

it("endpoints are made, listed, changed over, switched off and on, and deleted", () => {
  const made = parley("endpoints", "create", "https://crm.example.com/", "--types", "message.received");
  expect(made).toMatchObject({
    status: 0,
    json: { ok: true, types: ["message.received"], include_text: false, disabled_at: null },
  });
  const { id, secret } = made.json as { id: string; secret: string };
  expect(parley("endpoints", "list").json).toMatchObject({ ok: true, endpoints: [{ id }] });
  const rotated = parley("endpoints", "rotate", id, "--keep-previous", "60").json;
  expect(rotated["secret"]).toMatch(/^whsec_/);
  expect(rotated["secret"]).not.toBe(secret);
  expect(parley("endpoints", "disable", id).json).toMatchObject({ ok: true, disabled_reason: "operator" });
  expect(parley("endpoints", "test", id)).toMatchObject({ status: 1, json: { ok: false } });
  expect(parley("endpoints", "enable", id).json).toMatchObject({ ok: true, disabled_at: null });
  expect(parley("endpoints", "test", id).json).toMatchObject({
    ok: true,
    event_id: expect.any(String) as string,
  });
  expect(parley("endpoints", "delete", id).json).toMatchObject({ ok: true, id });
  expect(parley("endpoints", "delete", id)).toMatchObject({
    status: 1,
    json: { ok: false, error: "The tenant has no such endpoint." },
  });
});

it("an event is listed with where it went, and sent again", async () => {
  const { id: endpointId } = parley("endpoints", "create", "https://crm.example.com/").json as {
    id: string;
  };
  await emitEvent(db, { tenantId: tenant, type: "conversation.taken_over", conversationId: null, data: {} });
  await relayEvents(db, 10);
  const [delivery] = await db
    .select()
    .from(eventDeliveries)
    .where(eq(eventDeliveries.endpointId, endpointId));
  const eventId = delivery?.eventId ?? "";
  await settleEventDelivery(db, { eventId, endpointId, attempt: 0 }, { state: "failed", code: "http_500" });
  expect(parley("events", "list", "--limit", "1").json).toMatchObject({
    ok: true,
    events: [{ id: eventId, deliveries: [{ endpoint_id: endpointId, state: "failed", code: "http_500" }] }],
  });
  expect(parley("events", "resend", eventId, "--endpoint", endpointId)).toMatchObject({
    status: 0,
    json: { ok: true },
  });
  const [again] = await db.select().from(eventDeliveries).where(eq(eventDeliveries.endpointId, endpointId));
  expect(again).toMatchObject({ state: "pending", earlierAttempts: 1, workflowAt: null });
});

it("a usage error ends with exit code 2, a failed action with 1", () => {
  expect(parley("endpoints", "enable", "not-an-id").status).toBe(2);
  expect(parley("endpoints", "create", "https://10.0.0.1/")).toMatchObject({
    status: 1,
    json: { ok: false, error: expect.stringContaining("public internet") as string },
  });
  expect(parley("events", "resend", randomUUID(), "--endpoint", randomUUID()).status).toBe(1);
});
