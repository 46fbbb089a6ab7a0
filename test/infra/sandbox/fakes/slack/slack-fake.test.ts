import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createSlackFake } from "../../../../../infra/sandbox/fakes/slack/slack-fake.ts";

const TOKEN = "xoxb-1";
const CHANNEL = "C0CLUB";
const ROOT = "1767340000.000200";
const METADATA = { event_type: "parley_delivery", event_payload: { delivery_id: "d1" } };

interface SlackResponse {
  ok: boolean;
  error?: string;
  ts: string;
  has_more: boolean;
  messages: { ts: string; text: string }[];
  response_metadata: { next_cursor: string };
}

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slack-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  fake = createSlackFake({ dataDir: folder, botToken: TOKEN });
  url = await fake.listen(0);
}

const authorization = { authorization: `Bearer ${TOKEN}` };
async function call(method: string, fields: object): Promise<SlackResponse> {
  const headers = { ...authorization, "content-type": "application/json; charset=utf-8" };
  const init = { method: "POST", headers, body: JSON.stringify(fields) };
  return (await (await fetch(`${url}/api/${method}`, init)).json()) as SlackResponse;
}
async function read(method: string, query: Record<string, string>): Promise<SlackResponse> {
  const search = new URLSearchParams({ channel: CHANNEL, ...query }).toString();
  const response = await fetch(`${url}/api/${method}?${search}`, { headers: authorization });
  return (await response.json()) as SlackResponse;
}
const post = async (fields: object = {}) =>
  await call("chat.postMessage", { channel: CHANNEL, text: "Hello", ...fields });
const controlFake = async (method: "POST" | "DELETE", name: string, to: string) =>
  await fetch(`${url}/__control/${name}`, { method, body: JSON.stringify({ to }) });
const setMark = async (name: string, to = CHANNEL) => await controlFake("POST", name, to);
const readMessages = async (): Promise<unknown> => await (await fetch(`${url}/__control/messages`)).json();

test("an accepted post gets Slack's response, and the control API shows it as users see it", async () => {
  const posted = await post({ thread_ts: ROOT, text: "a &lt; b &amp;amp; c", metadata: METADATA });
  expect(posted).toMatchObject({
    ok: true,
    channel: CHANNEL,
    ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
    message: { type: "message", text: "a &lt; b &amp;amp; c", ts: posted.ts, thread_ts: ROOT },
  });
  expect(await readMessages()).toMatchObject({
    messages: [
      {
        seq: 1,
        id: `${CHANNEL}:${posted.ts}`,
        to: CHANNEL,
        text: "a < b &amp; c",
        details: { thread_ts: ROOT, metadata: METADATA },
      },
    ],
  });
});

test("takes a form too, with its objects as JSON", async () => {
  const fields = { channel: CHANNEL, text: "Hello", metadata: JSON.stringify(METADATA) };
  const init = { method: "POST", headers: authorization, body: new URLSearchParams(fields) };
  expect(await (await fetch(`${url}/chat.postMessage`, init)).json()).toMatchObject({ ok: true });
  expect(await readMessages()).toMatchObject({
    messages: [{ text: "Hello", details: { metadata: METADATA } }],
  });
});

test.each([
  ["no_text", { text: "" }],
  ["no_text", { text: " \n" }],
  ["no_text", { text: undefined }],
  ["channel_not_found", { channel: undefined }],
  ["channel_not_found", { channel: "#club" }],
])("refuses with 200 and %s", async (error, change) => {
  expect(await post(change)).toEqual({ ok: false, error });
  expect(await readMessages()).toMatchObject({ messages: [] });
});

test("cuts what is longer than 40,000 characters", async () => {
  await post({ text: "x".repeat(40_001) });
  expect(await readMessages()).toMatchObject({ messages: [{ text: "x".repeat(40_000) }] });
});

test.each([
  ["unknown-channel", "channel_not_found"],
  ["archived", "is_archived"],
  ["not-in-channel", "not_in_channel"],
])("a channel may be %s, and be so no more", async (name, error) => {
  await setMark(name);
  expect(await post()).toEqual({ ok: false, error });
  expect(await post({ channel: "C0OTHER" })).toMatchObject({ ok: true });
  await controlFake("DELETE", name, CHANNEL);
  expect(await post()).toMatchObject({ ok: true });
});

test("the direct messages of a user are one channel under each of its names", async () => {
  expect(await call("conversations.open", { users: "U0ADA" })).toEqual({
    ok: true,
    channel: { id: "D0ADA" },
  });
  expect(await post({ channel: "U0ADA" })).toMatchObject({ ok: true, channel: "D0ADA" });
  expect(await post({ channel: "D0ADA" })).toMatchObject({ ok: true, channel: "D0ADA" });
  expect(await call("conversations.open", { users: "ada" })).toEqual({ ok: false, error: "user_not_found" });
  expect(await call("conversations.open", {})).toEqual({ ok: false, error: "user_not_found" });
});

test("a channel's history is newest first and without its threads, page by page", async () => {
  for (const text of ["one", "two", "three"]) await post({ text });
  await post({ text: "in a thread", thread_ts: ROOT });
  await post({ text: "elsewhere", channel: "C0OTHER" });
  const first = await read("conversations.history", { limit: "2" });
  expect(first).toMatchObject({ ok: true, has_more: true, messages: [{ text: "three" }, { text: "two" }] });
  const cursor = first.response_metadata.next_cursor;
  const last = await read("conversations.history", { limit: "2", cursor });
  expect(last).toMatchObject({ has_more: false, messages: [{ text: "one" }] });
  expect(last).not.toHaveProperty("response_metadata");
  expect(await read("conversations.history", { cursor: "x" })).toEqual({
    ok: false,
    error: "invalid_cursor",
  });
});

test("a thread is read oldest first, its root included", async () => {
  const { ts } = await post({ text: "root" });
  for (const text of ["one", "two"]) await post({ text, thread_ts: ts });
  expect(await read("conversations.replies", { ts })).toMatchObject({
    messages: [{ text: "root" }, { text: "one", thread_ts: ts }, { text: "two" }],
  });
  expect(await read("conversations.replies", {})).toEqual({ ok: false, error: "thread_not_found" });
});

test("only messages between two timestamps are read, without the timestamps themselves", async () => {
  const stamps = [];
  for (const text of ["one", "two", "three"]) stamps.push((await post({ text })).ts);
  const [first = "", , last = ""] = stamps;
  expect((await read("conversations.history", { oldest: first, latest: last })).messages).toMatchObject([
    { text: "two" },
  ]);
});

test("metadata is shown to those who ask for it", async () => {
  await post({ metadata: METADATA });
  const asked = await read("conversations.history", { include_all_metadata: "true" });
  expect(asked.messages).toMatchObject([{ metadata: METADATA }]);
  const [unasked] = (await read("conversations.history", {})).messages;
  expect(unasked).not.toHaveProperty("metadata");
});

test("reading may lack its scope or its channel, and posting goes on", async () => {
  await setMark("no-history");
  for (const method of ["conversations.history", "conversations.replies"])
    expect(await read(method, { ts: ROOT })).toMatchObject({ ok: false, error: "missing_scope" });
  expect(await post()).toMatchObject({ ok: true });
  expect(await read("conversations.history", { channel: "club" })).toMatchObject({
    error: "channel_not_found",
  });
});

test("the bot says who it is", async () => {
  const bot = { ok: true, user_id: "U0PARLEYBOT", team_id: "T0PARLEY000" };
  expect(await call("auth.test", {})).toMatchObject(bot);
  expect(await read("auth.test", {})).toMatchObject(bot);
});

test.each([
  ["not_authed", {}],
  ["invalid_auth", { authorization: "Bearer xoxb-2" }],
])("a caller without the token gets %s", async (error, headers) => {
  const response = await fetch(`${url}/api/auth.test`, { method: "POST", headers });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ok: false, error });
});

test("a method that is not played is unknown", async () => {
  expect(await call("chat.sendPigeon", {})).toEqual({
    ok: false,
    error: "unknown_method",
    req_method: "chat.sendPigeon",
  });
});

test("posts and marks outlive a restart, and the stamps go on rising", async () => {
  const { ts } = await post();
  await setMark("archived", "C0OTHER");
  await fake.close();
  await start();
  expect(await post({ channel: "C0OTHER" })).toMatchObject({ error: "is_archived" });
  const again = await post();
  expect(Number(again.ts)).toBeGreaterThan(Number(ts));
  expect(await readMessages()).toMatchObject({ messages: [{ seq: 1 }, { seq: 2 }] });
});

test("no two posts have one stamp", async () => {
  const posts = await Promise.all(Array.from({ length: 30 }, async () => await post()));
  expect(new Set(posts.map(({ ts }) => ts)).size).toBe(30);
});

test("a scripted 429 carries Slack's own wait, another status a gateway's words", async () => {
  fake.faults.replace([
    { match: { path: "/chat.postMessage" }, times: 1, fault: { status: 429 } },
    { match: {}, times: 1, fault: { status: 500 } },
  ]);
  const send = async () =>
    await fetch(`${url}/api/chat.postMessage`, { method: "POST", headers: authorization });
  const limited = await send();
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await limited.json()).toEqual({ ok: false, error: "ratelimited" });
  const broken = await send();
  expect([broken.status, broken.headers.get("content-type")]).toEqual([500, "text/plain; charset=utf-8"]);
});
