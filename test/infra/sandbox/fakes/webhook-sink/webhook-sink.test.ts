import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "../body-of.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createWebhookSink } from "../../../../../infra/sandbox/fakes/webhook-sink/webhook-sink.ts";
import { signStandardWebhook } from "../../../../../infra/runtime/signatures/standard-webhooks.ts";

const OLD = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const STRANGE = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sink-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  fake = createWebhookSink({ secrets: [OLD, NEW], dataDir: folder });
  url = await fake.listen(0);
}

async function deliver(id: string, { secret = NEW, body = '{"data":{"text":"hi"}}' } = {}): Promise<number> {
  const now = new Date();
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  return (await fetch(`${url}/hooks/shop`, { method: "POST", headers, body })).status;
}

const messages = async () => (await bodyOf(await fetch(`${url}/__control/messages?since=0`))).messages;

test("a delivery signed with either secret is good and taken with 204", async () => {
  expect([await deliver("a"), await deliver("b", { secret: OLD })]).toEqual([204, 204]);
  expect(await messages()).toMatchObject([
    {
      seq: 1,
      name: "shop",
      webhookId: "a",
      signatureOk: true,
      duplicate: false,
      body: '{"data":{"text":"hi"}}',
    },
    { seq: 2, webhookId: "b", signatureOk: true },
  ]);
});

test("our own signer satisfies the specification's library", async () => {
  const content = { id: "a", timestamp: Math.floor(Date.now() / 1000), body: '{"ü":1}' };
  const headers = {
    "webhook-id": content.id,
    "webhook-timestamp": String(content.timestamp),
    "webhook-signature": signStandardWebhook({ ...content, secrets: [STRANGE, NEW] }),
  };
  expect((await fetch(`${url}/hooks/a`, { method: "POST", headers, body: content.body })).status).toBe(204);
});

test("a strange secret and a missing signature are 401, recorded, and make no later delivery a duplicate", async () => {
  expect(await deliver("a", { secret: STRANGE })).toBe(401);
  expect((await fetch(`${url}/hooks/shop`, { method: "POST", body: "{}" })).status).toBe(401);
  expect(await deliver("a")).toBe(204);
  expect((await messages()).map(({ signatureOk }) => signatureOk)).toEqual([false, false, true]);
});

test("the same webhook-id again is a duplicate with 200, after a restart too", async () => {
  await deliver("a");
  expect(await deliver("a")).toBe(200);
  await fake.close();
  await start();
  expect(await deliver("a")).toBe(200);
  expect((await messages()).map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
});

test("a refused delivery is not taken in, one whose answer was dropped is", async () => {
  fake.faults.replace([
    { match: { path: "/hooks/shop" }, times: 1, fault: { status: 503 } },
    { match: { path: "/hooks/shop" }, times: 1, fault: { accept_then_drop: true } },
  ]);
  expect(await deliver("a")).toBe(503);
  await expect(deliver("a")).rejects.toThrow("fetch failed");
  expect(await deliver("a")).toBe(200);
  expect(await messages()).toHaveLength(2);
});

test("the page lists the last hundred, escaped, and lets no script run", async () => {
  for (let count = 0; count < 101; count += 1) await deliver(`id-${count}`);
  await deliver("last", { body: '"</pre><script>alert(1)</script>"' });
  const response = await fetch(`${url}/`);
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;");
  expect(page.match(/<tr><td>/g)).toHaveLength(100);
  expect(page.indexOf("id-100")).toBeLessThan(page.indexOf("id-99"));
});
