import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createTelegramFake } from "../../../../../infra/sandbox/fakes/telegram/telegram-fake.ts";

const TOKEN = "7000000001:token";
const CHAT = 6_100_200_300;

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "telegram-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  fake = createTelegramFake({ dataDir: folder, botToken: TOKEN });
  url = await fake.listen(0);
}

async function call(method: string, fields: object, token = TOKEN) {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(fields) };
  const response = await fetch(`${url}/bot${token}/${method}`, init);
  return { status: response.status, body: await response.json() };
}

const send = async (fields: object = {}, token = TOKEN) =>
  await call("sendMessage", { chat_id: CHAT, text: "Hello", ...fields }, token);
const controlFake = async (method: "POST" | "DELETE", name: string, to: number) =>
  await fetch(`${url}/__control/${name}`, { method, body: JSON.stringify({ to: String(to) }) });
const setMark = async (name: string, to: number) => await controlFake("POST", name, to);
const clearMark = async (name: string, to: number) => await controlFake("DELETE", name, to);
const messages = async (): Promise<unknown> => await (await fetch(`${url}/__control/messages`)).json();
const buildRefusal = (status: number, description: string) => ({
  status,
  body: { ok: false, error_code: status, description },
});

test("an accepted text is answered as Telegram does and shown to the control API", async () => {
  expect(await send({ message_thread_id: 7 })).toMatchObject({
    status: 200,
    body: {
      ok: true,
      result: {
        message_id: 1,
        date: expect.any(Number),
        chat: { id: CHAT, type: "private" },
        text: "Hello",
      },
    },
  });
  expect(await messages()).toMatchObject({
    messages: [
      {
        seq: 1,
        id: `${CHAT}:1`,
        to: String(CHAT),
        text: "Hello",
        details: { message_thread_id: 7 },
      },
    ],
    next: 1,
  });
});

test.each([
  ["Bad Request: message text is empty", { text: "" }],
  ["Bad Request: message text is empty", { text: " \n" }],
  ["Bad Request: message text is empty", { text: undefined }],
  ["Bad Request: message is too long", { text: "x".repeat(4_097) }],
  ["Bad Request: chat not found", { chat_id: undefined }],
  ["Bad Request: chat not found", { chat_id: "@nobody" }],
])("refuses with 400 %s", async (description, change) => {
  expect(await send(change)).toEqual(buildRefusal(400, description));
  expect(await messages()).toMatchObject({ messages: [] });
});

test("takes 4096 characters, and a chat's id as a text", async () => {
  expect(await send({ chat_id: "-1001", text: "x".repeat(4_096) })).toMatchObject({
    body: { result: { chat: { id: -1001, type: "supergroup" } } },
  });
});

test("a wrong token is a 401, an unknown method a 404", async () => {
  expect(await send({}, "7000000001:other")).toEqual(buildRefusal(401, "Unauthorized"));
  expect(await call("sendPigeon", {})).toEqual(buildRefusal(404, "Not Found"));
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
});

test("a contact can block the bot and unblock it", async () => {
  await setMark("blocked", CHAT);
  expect(await send()).toEqual(buildRefusal(403, "Forbidden: bot was blocked by the user"));
  expect((await call("sendChatAction", { chat_id: CHAT, action: "typing" })).status).toBe(403);
  await clearMark("blocked", CHAT);
  expect((await send()).status).toBe(200);
});

test("a chat may be unknown", async () => {
  await setMark("unknown", CHAT);
  expect(await send()).toEqual(buildRefusal(400, "Bad Request: chat not found"));
});

test("typing is shown only with an action", async () => {
  expect(await call("sendChatAction", { chat_id: CHAT, action: "typing" })).toEqual({
    status: 200,
    body: { ok: true, result: true },
  });
  expect((await call("sendChatAction", { chat_id: CHAT })).status).toBe(400);
});

test("the bot says who it is", async () => {
  expect(await call("getMe", {})).toMatchObject({ body: { result: { id: 7_000_000_001, is_bot: true } } });
  expect((await fetch(`${url}/bot${TOKEN}/getMe`)).status).toBe(200);
});

test("a webhook is returned without its secret", async () => {
  const address = "https://chat.example.com/webhooks/telegram/main";
  expect(await call("setWebhook", { url: address, secret_token: "s3cret_-" })).toMatchObject({
    body: { ok: true, result: true },
  });
  const info = await call("getWebhookInfo", {});
  expect(info).toMatchObject({ body: { result: { url: address, pending_update_count: 0 } } });
  expect(JSON.stringify(info)).not.toContain("s3cret");
});

test.each([
  ["no URL", {}],
  ["plain http", { url: "http://chat.example.com" }],
  ["a secret with a space", { url: "https://chat.example.com", secret_token: "a b" }],
  ["a secret of 257 letters", { url: "https://chat.example.com", secret_token: "a".repeat(257) }],
])("a webhook with %s is refused", async (_what, fields) => {
  expect(await call("setWebhook", fields)).toMatchObject({ status: 400, body: { ok: false } });
  expect(await call("getWebhookInfo", {})).toMatchObject({ body: { result: { url: "" } } });
});

test("texts and marks outlive a restart, and the numbering goes on", async () => {
  await send();
  await setMark("blocked", 9);
  await fake.close();
  await start();
  expect((await send({ chat_id: 9 })).status).toBe(403);
  expect(await send()).toMatchObject({ body: { result: { message_id: 2 } } });
  expect(await messages()).toMatchObject({ messages: [{ seq: 1 }, { seq: 2 }] });
});

test("a scripted 429 carries Telegram's own wait", async () => {
  fake.faults.replace([{ match: {}, times: 1, fault: { status: 429 } }]);
  expect(await send()).toMatchObject({
    status: 429,
    body: { ok: false, error_code: 429, parameters: { retry_after: 1 } },
  });
});
