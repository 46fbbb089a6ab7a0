import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLineFake } from "../../../../../infra/sandbox/fakes/line/line-fake.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";

const BOT = `U${"b".repeat(32)}`;
const CONTACT = `U${"c".repeat(32)}`;
const TOKEN = "token";

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "line-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

let passedMs = 0;

async function start(): Promise<void> {
  passedMs = 0;
  fake = createLineFake({
    dataDir: folder,
    accessToken: TOKEN,
    botUserId: BOT,
    now: () => Date.now() + passedMs,
  });
  url = await fake.listen(0);
}

async function call(path: string, fields: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v2/bot/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(fields),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const text = (words: string) => ({ type: "text", text: words });
const push = async (fields: object = {}, headers: Record<string, string> = {}) =>
  await call("message/push", { to: CONTACT, messages: [text("Hello")], ...fields }, headers);
const mark = async (name: string, to: string) =>
  await fetch(`${url}/__control/${name}`, { method: "POST", body: JSON.stringify({ to }) });
const readMessages = async () =>
  ((await (await fetch(`${url}/__control/messages`)).json()) as { messages: { text: string }[] }).messages;

test("a push is answered with the ids of its messages, which the control API shows", async () => {
  const { status, body } = await push({ messages: [text("one"), text("two")] });
  expect(status).toBe(200);
  const sent = { id: expect.stringMatching(/^5\d{17}$/) as string, quoteToken: expect.any(String) as string };
  expect(body).toEqual({ sentMessages: [sent, sent] });
  expect((await readMessages()).map((message) => message.text)).toEqual(["one", "two"]);
});

test("a retry key is accepted once, also after a restart", async () => {
  const headers = { "x-line-retry-key": randomUUID() };
  const first = await push({}, headers);
  await fake.close();
  await start();
  const again = await push({}, headers);
  expect(again).toEqual({
    status: 409,
    body: { message: "The retry key is already accepted", sentMessages: first.body["sentMessages"] },
  });
  expect(await readMessages()).toHaveLength(1);
});

test("a retry key is forgotten after 24 hours", async () => {
  const headers = { "x-line-retry-key": randomUUID() };
  expect((await push({}, headers)).status).toBe(200);
  passedMs = 24 * 3_600_000 - 60_000;
  expect((await push({}, headers)).status).toBe(409);
  passedMs = 24 * 3_600_000;
  expect((await push({}, headers)).status).toBe(200);
  expect(await readMessages()).toHaveLength(2);
});

test.each([
  ["no message", { messages: [] }],
  ["six messages", { messages: Array.from({ length: 6 }, () => text("Hi")) }],
  ["an empty text", { messages: [text("")] }],
  ["a text of 5,001 characters", { messages: [text("a".repeat(5_001))] }],
  ["an unknown property", { messages: [{ ...text("Hi"), bold: true }] }],
  ["a recipient that is no id", { to: "ada" }],
])("a push with %s is refused", async (_what, fields) => {
  expect((await push(fields)).status).toBe(400);
  expect(await readMessages()).toEqual([]);
});

test("a refusal names the property", async () => {
  expect((await push({ messages: [text("")] })).body).toEqual({
    message: "The request body has 1 error(s)",
    details: [{ message: "May not be empty", property: "messages[0].text" }],
  });
});

test("a retry key that is no UUID is refused", async () => {
  expect((await push({}, { "x-line-retry-key": "1" })).status).toBe(400);
});

test("a wrong token or content type is refused", async () => {
  expect((await push({}, { authorization: "Bearer other" })).status).toBe(401);
  expect((await push({}, { "content-type": "text/plain" })).status).toBe(415);
});

test("a blocked contact sees nothing, and the push is accepted", async () => {
  await mark("blocked", CONTACT);
  expect((await push()).status).toBe(200);
  expect(await readMessages()).toEqual([]);
});

test("a bot without quota is refused with 429", async () => {
  await mark("over-limit", BOT);
  expect(await push()).toEqual({ status: 429, body: { message: "You have reached your monthly limit." } });
});

test("the typing sign takes multiples of five seconds, in chats with contacts only", async () => {
  const startTyping = async (fields: object) => (await call("chat/loading/start", fields)).status;
  expect(await startTyping({ chatId: CONTACT, loadingSeconds: 20 })).toBe(202);
  expect(await startTyping({ chatId: CONTACT, loadingSeconds: 7 })).toBe(400);
  expect(await startTyping({ chatId: `C${"d".repeat(32)}`, loadingSeconds: 20 })).toBe(400);
});

test("the bot's own id is given to callers with the token", async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${url}/v2/bot/info`, { headers });
  expect(await response.json()).toMatchObject({ userId: BOT });
});
