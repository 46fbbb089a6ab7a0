import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hideVendorIds } from "../../db/events/hidden-ids.ts";
import { emitEvent } from "../../db/events/outgoing-events.ts";
import { sampleAccount } from "../support/channels/channel-samples.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";

let api: TestApi;
let full: string;
let writer: string;
beforeAll(async () => {
  api = await startTestApi();
  full = await api.keyFor("acme");
  writer = await api.keyFor("acme", ["accounts:read", "accounts:write", "contacts:write", "events:read"]);
});
afterAll(() => api.close());

it("a key that may not read conversations cannot redirect replies, replace the secrets that send them, or link contacts", async () => {
  const sample = { channel: "webhook", ...sampleAccount("webhook") };
  const made = await api.call("POST /v1/accounts", { key: full, body: sample });
  const path = `/v1/accounts/webhook/${made.body["id"]}`;
  const link = `/v1/contacts/${randomUUID()}/link`;
  const refused: [string, object][] = [
    ["POST /v1/accounts", sample],
    [`PATCH ${path}`, { address: "https://attacker.example.com/hooks" }],
    [`PATCH ${path}`, { external_id: "other" }],
    [`POST ${path}/secrets/rotate`, { outbound: sample.secrets["inbound"] }],
    [`POST ${link}`, { contact_id: randomUUID() }],
  ];
  for (const [route, body] of refused) {
    const { status, body: problem } = await api.call(route, { key: writer, body });
    expect([route, status, problem["code"]]).toEqual([route, 403, "scope_missing"]);
  }
  // Everything else of the scope is still permitted.
  const settings = { settings: { quiet_window_ms: 500 } };
  expect((await api.call(`PATCH ${path}`, { key: writer, body: settings })).status).toBe(200);
  expect((await api.call(`POST ${path}/pause`, { key: writer })).status).toBe(200);
});

it("events show a vendor's ids as keyed hashes to a key that may not read conversations", async () => {
  await api.call("POST /v1/event-endpoints", { key: full, body: { url: "https://crm.example.com/parley" } });
  const wamid = "wamid.HBgLMTYyODU1NTAxNzUVAgASGBQz";
  const data = { message_id: wamid, provider_message_id: wamid, seq: 1 };
  await emitEvent(api.db, { tenantId: "acme", type: "message.received", conversationId: null, data });
  const read = async (key: string) => JSON.stringify((await api.call("GET /v1/events", { key })).body);
  expect(await read(full)).toContain(wamid);
  const hidden = await read(writer);
  expect(hidden).not.toContain(wamid);
  expect(hidden).toContain(String(hideVendorIds(api.vault, "acme", data)["message_id"]));
});
