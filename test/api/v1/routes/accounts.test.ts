import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTenantAccount } from "../../../../db/tenants/tenant-accounts.ts";
import { signStandardWebhook } from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { CHANNEL_NAMES, hasWebhook } from "../../../../infra/channels/registry.ts";
import { sampleAccount } from "../../../support/channels/channel-samples.ts";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";

const WEBHOOK_SECRET = sampleAccount("webhook").secrets["inbound"] ?? "";
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi();
  key = await api.keyFor("acme");
});
afterAll(() => api.close());

const create = async (body: object) => await api.call("POST /v1/accounts", { key, body });
const readStoredAccount = async (account: Record<string, never>) =>
  await findTenantAccount(api.db, api.vault, {
    tenantId: "acme",
    channel: String(account["channel"]),
    accountId: String(account["id"]),
  });

async function statusOfWebhook(account: string, secret: string): Promise<number> {
  const id = randomUUID();
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ type: "message.received", data: { from: "ada", text: "Hello" } });
  const signature = signStandardWebhook({ id, timestamp, body, secrets: [secret] });
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  };
  const response = await fetch(`${api.url}/webhooks/webhook/${account}`, { method: "POST", headers, body });
  return response.status;
}

describe("a channel account", () => {
  it("an account can be created for every channel, and shows the URL for the vendor", async () => {
    const refused = await create({ channel: "pigeon", address: "coo" });
    const [problem] = refused.body["errors"] as unknown as { field: string; message: string }[];
    expect([refused.status, problem?.field]).toEqual([422, "body.channel"]);
    const channels = problem?.message.replace("must be one of ", "").split(", ") ?? [];
    expect(channels).toEqual(CHANNEL_NAMES);
    for (const channel of channels) {
      const made = await create({ channel, ...sampleAccount(channel) });
      expect(made.status, `${channel}: ${JSON.stringify(made.body)}`).toBe(201);
      // Web chat has no vendor that could call a webhook.
      const url = !hasWebhook(channel) ? null : `http://parley.test/webhooks/${channel}/${made.body["id"]}`;
      expect(made.body).toMatchObject({ channel, webhook_url: url, disabled_at: null, paused_at: null });
    }
  });

  it("an account is rejected with every field that breaks a rule of its channel", async () => {
    const wrong: [string, object, string[]][] = [
      ["webhook", { address: "ftp://x", external_id: "x" }, ["body.address", "body.external_id"]],
      ["webhook", { secrets: { inbound: "short" } }, ["body.secrets.inbound", "body.secrets.outbound"]],
      ["twilio-sms", { address: "555", external_id: "AC1" }, ["body.address", "body.external_id"]],
      ["whatsapp", { secrets: { inbound: "a", outbound: "b" } }, ["body.secrets.handshake"]],
      [
        "telegram",
        { secrets: { inbound: "a b", outbound: "x" } },
        ["body.secrets.inbound", "body.secrets.outbound"],
      ],
      ["slack", { secrets: { inbound: "a", outbound: "b", handshake: "c" } }, ["body.secrets.handshake"]],
      ["web", { secrets: { inbound: "a" } }, ["body.secrets.inbound"]],
    ];
    for (const [channel, change, fields] of wrong) {
      const { status, body } = await create({ channel, ...sampleAccount(channel), ...change });
      const errors = body["errors"] as unknown as { field: string }[];
      expect([status, errors.map(({ field }) => field)], channel).toEqual([422, fields]);
    }
  });

  it("a webhook account rejects a forbidden reply URL, both when it is created and when it is changed", async () => {
    const made = await create({ channel: "webhook", ...sampleAccount("webhook") });
    for (const address of [
      "https://169.254.169.254/latest",
      "https://[::1]/in",
      "https://0x0a000008/in",
      "https://me:word@acme.test/in",
    ]) {
      const created = await create({ channel: "webhook", ...sampleAccount("webhook"), address });
      const path = `/v1/accounts/webhook/${made.body["id"]}`;
      const changed = await api.call(`PATCH ${path}`, { key, body: { address } });
      for (const { status, body } of [created, changed]) {
        const [problem] = (body["errors"] ?? []) as unknown as { field: string; message: string }[];
        expect([status, problem?.field], address).toEqual([422, "body.address"]);
        expect(problem?.message).toContain("cannot be used");
      }
    }
  });

  it("no response and no problem contains a secret of an account", async () => {
    const secret = "a-very-secret-token-of-twilio";
    const body = {
      channel: "twilio-sms",
      ...sampleAccount("twilio-sms"),
      secrets: { inbound: secret, outbound: secret },
    };
    const made = await create(body);
    const path = `/v1/accounts/twilio-sms/${made.body["id"]}`;
    const answers = [
      made,
      await api.call(`GET ${path}`, { key }),
      await api.call("GET /v1/accounts?channel=twilio-sms", { key }),
      await create({ ...body, address: "wrong" }),
      await create({ ...body, channel: "webhook" }),
      await api.call(`POST ${path}/pause`, { key }),
    ];
    for (const answer of answers) expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect(made.body["secrets"]).toEqual({
      inbound: [expect.stringMatching(/^[0-9a-f]{12}$/)],
      outbound: [expect.stringMatching(/^[0-9a-f]{12}$/)],
      handshake: null,
    });
    expect((await readStoredAccount(made.body))?.secrets).toEqual({ inbound: [secret], outbound: [secret] });
  });

  it("new secrets come first, and the previous ones stay until they are dropped", async () => {
    const made = await create({ channel: "webhook", ...sampleAccount("webhook") });
    const path = `/v1/accounts/webhook/${made.body["id"]}/secrets`;
    const rotate = async (body: object) => await api.call(`POST ${path}/rotate`, { key, body });
    const rotated = await rotate({ inbound: NEXT_SECRET });
    expect((await readStoredAccount(made.body))?.secrets).toEqual({
      inbound: [NEXT_SECRET, WEBHOOK_SECRET],
      outbound: [WEBHOOK_SECRET],
    });
    // A repeated rotation loses no secret.
    expect((await rotate({ inbound: NEXT_SECRET })).body).toEqual(rotated.body);
    expect((await rotate({ inbound: "short" })).body["errors"]).toMatchObject([{ field: "body.inbound" }]);
    await api.call(`POST ${path}/drop-previous`, { key });
    expect((await readStoredAccount(made.body))?.secrets?.inbound).toEqual([NEXT_SECRET]);
  });

  it("webhooks signed with the current or the previous secret are accepted during a rotation", async () => {
    const made = await create({ channel: "webhook", ...sampleAccount("webhook") });
    const { id } = made.body;
    await api.call(`POST /v1/accounts/webhook/${id}/secrets/rotate`, { key, body: { inbound: NEXT_SECRET } });
    expect(await statusOfWebhook(String(id), WEBHOOK_SECRET)).toBe(202);
    expect(await statusOfWebhook(String(id), NEXT_SECRET)).toBe(202);
    expect(await statusOfWebhook(String(id), `whsec_${Buffer.alloc(32, 3).toString("base64")}`)).toBe(401);
  });

  it("a change keeps the settings that it leaves out and removes those that are null", async () => {
    const settings = { quiet_window_ms: 500, keywords: { stop: ["basta"] } };
    const made = await create({ channel: "web", ...sampleAccount("web"), settings });
    const patch = async (body: object) =>
      await api.call(`PATCH /v1/accounts/web/${made.body["id"]}`, { key, body });
    const quiet = { from: "21:00", to: "08:00", time_zone: "Europe/Berlin" };
    const both = await patch({ settings: { quiet_window_ms: null, quiet_hours: quiet } });
    expect(both.body["settings"]).toEqual({ keywords: { stop: ["basta"] }, quiet_hours: quiet });
    expect((await readStoredAccount(made.body))?.settings).toEqual({
      keywords: { stop: ["basta"] },
      quietHours: { from: "21:00", to: "08:00", timeZone: "Europe/Berlin" },
    });
    const wrong = await patch({ settings: { quiet_hours: { from: "25:00", to: "8", time_zone: "Mars" } } });
    expect((wrong.body["errors"] as unknown as { field: string }[]).map(({ field }) => field)).toEqual([
      "body.settings.quiet_hours.from",
      "body.settings.quiet_hours.to",
      "body.settings.quiet_hours.time_zone",
    ]);
    const origins = await patch({ settings: { origins: ["https://shop.example/path"] } });
    expect(origins.body["errors"]).toMatchObject([{ field: "body.settings.origins.0" }]);
  });

  it("pausing, resuming, disabling and enabling an account twice is no error", async () => {
    const made = await create({ channel: "web", ...sampleAccount("web") });
    const act = async (word: string) =>
      (await api.call(`POST /v1/accounts/web/${made.body["id"]}/${word}`, { key })).body;
    expect((await act("pause"))["paused_at"]).not.toBeNull();
    expect((await act("resume"))["paused_at"]).toBeNull();
    expect((await act("resume"))["paused_at"]).toBeNull();
    const disabled = await act("disable");
    expect(disabled["disabled_at"]).not.toBeNull();
    expect((await act("disable"))["disabled_at"]).toBe(disabled["disabled_at"]);
    expect((await readStoredAccount(made.body))?.disabledAt).not.toBeNull();
    expect((await act("enable"))["disabled_at"]).toBeNull();
  });
});
