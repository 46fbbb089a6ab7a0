import { randomBytes, randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { channelAccounts } from "../../db/schema/tenants.ts";
import { eventEndpoints } from "../../db/schema/events.ts";
import { runDoctor } from "../../infra/cli/doctor/run-doctor.ts";
import { signStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import { sampleAccount } from "../support/channels/channel-samples.ts";
import { eventually } from "../support/eventually.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";

/** The bytes of a value that was encrypted by the key "k2", which no process has. */
const SEALED_BY_UNKNOWN_KEY = Buffer.concat([Buffer.from([2]), Buffer.from("k2"), randomBytes(60)]);

let api: TestApi;
let key: string;
let broken: string;
let good: string;
beforeAll(async () => {
  api = await startTestApi();
  key = await api.keyFor("acme");
  broken = await create("other-tenant");
  good = await create("acme");
  await api.db
    .update(channelAccounts)
    .set({ secrets: SEALED_BY_UNKNOWN_KEY })
    .where(eq(channelAccounts.id, broken));
});
afterAll(() => api.close());

async function create(tenant: string): Promise<string> {
  const body = { channel: "webhook", ...sampleAccount("webhook") };
  const made = await api.call("POST /v1/accounts", { key: await api.keyFor(tenant), body });
  return String(made.body["id"]);
}

async function sendSigned(account: string, secret: string): Promise<{ status: number; code: unknown }> {
  const id = randomUUID();
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ type: "message.receipt", data: { message_id: "none", state: "read" } });
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signStandardWebhook({ id, timestamp, body, secrets: [secret] }),
  };
  const response = await fetch(`${api.url}/webhooks/webhook/${account}`, { method: "POST", headers, body });
  const answer = (await response.json().catch(() => ({}))) as { code?: unknown };
  return { status: response.status, code: answer.code };
}

const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

it("a rotated secret is in effect when the response says so, also while another account cannot be decrypted", async () => {
  const path = `/v1/accounts/webhook/${good}/secrets`;
  const [first, second] = [newSecret(), newSecret()];
  // The wait for the processes has a limit, so on a busy machine a response may say "pending".
  const changeUntilInEffect = async (verb: string, body?: object) =>
    await eventually(`a response to ${verb} that says "in_effect"`, async () => {
      const response = await api.call(`POST ${path}/${verb}`, { key, ...(body && { body }) });
      const effect = response.body["effect"] as { state: string } | undefined;
      return effect?.state === "in_effect" && effect;
    });
  expect(await changeUntilInEffect("rotate", { inbound: first })).toMatchObject({
    processes: 1,
    confirmed: 1,
  });
  expect((await sendSigned(good, first)).status).toBe(202);
  await changeUntilInEffect("rotate", { inbound: second });
  expect((await sendSigned(good, first)).status).toBe(202);
  await changeUntilInEffect("drop-previous");
  expect(await sendSigned(good, first)).toMatchObject({ status: 401 });
  expect((await sendSigned(good, second)).status).toBe(202);
});

it("requests for an account that cannot be decrypted get its own problem, and the other tenant's account gets none", async () => {
  const { secrets } = sampleAccount("webhook");
  expect(await sendSigned(broken, secrets["inbound"] ?? "")).toEqual({
    status: 503,
    code: "account_unreadable",
  });
});

it("an account that cannot be decrypted is listed, and its secrets can be replaced as a whole", async () => {
  const theirs = await api.keyFor("other-tenant");
  const path = `/v1/accounts/webhook/${broken}`;
  const list = await api.call("GET /v1/accounts", { key: theirs });
  expect(list.status).toBe(200);
  expect(list.body["data"]).toMatchObject([{ id: broken, secrets: null }]);
  const dropped = await api.call(`POST ${path}/secrets/drop-previous`, { key: theirs });
  expect([dropped.status, dropped.body["code"]]).toEqual([409, "secrets_unreadable"]);
  expect((await api.call(`POST ${path}/disable`, { key: theirs })).body["effect"]).toMatchObject({
    state: "unreadable",
  });
  await api.call(`POST ${path}/enable`, { key: theirs });

  // On a busy machine a store may respond after the time limit of its check.
  const ready = await eventually("readiness of the stores", async () => {
    const read = (await (await fetch(`${api.url}/readyz`)).json()) as Record<string, unknown>;
    return read["status"] === "unavailable" ? null : read;
  });
  expect(ready).toMatchObject({
    status: "degraded",
    checks: { accounts: "unreadable" },
    accounts_unreadable: 1,
  });
  const { checks } = await runDoctor(api.config);
  expect(checks.find(({ name }) => name === "Stored secrets")).toMatchObject({
    ok: false,
    detail: `Not decrypted: account webhook/${broken} of tenant other-tenant. No encryption key with id "k2" is configured.`,
  });

  const [inbound, outbound] = [newSecret(), newSecret()];
  const rotated = await api.call(`POST ${path}/secrets/rotate`, { key: theirs, body: { inbound, outbound } });
  expect(rotated.body["effect"]).toMatchObject({ state: "in_effect" });
  expect((await sendSigned(broken, inbound)).status).toBe(202);
});

it("an event endpoint whose secrets cannot be decrypted is named, and a new secret replaces them", async () => {
  const body = { url: "https://crm.example.com/parley" };
  const made = await api.call("POST /v1/event-endpoints", { key, body });
  const path = `/v1/event-endpoints/${made.body["id"]}`;
  await api.db
    .update(eventEndpoints)
    .set({ secrets: SEALED_BY_UNKNOWN_KEY })
    .where(eq(eventEndpoints.id, String(made.body["id"])));
  const dropped = await api.call(`POST ${path}/secret/drop-previous`, { key });
  expect([dropped.status, dropped.body["code"]]).toEqual([409, "secrets_unreadable"]);
  expect((await api.call(`POST ${path}/secret/rotate`, { key, body: {} })).status).toBe(200);
  expect((await api.call(`POST ${path}/secret/drop-previous`, { key })).status).toBe(200);
});
