import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMessengerFake } from "../../../../../infra/sandbox/fakes/messenger/messenger-fake.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";

const CONTACT = "6200000000000001";
const RESPONSE = { recipient: { id: CONTACT }, messaging_type: "RESPONSE", message: { text: "Hello" } };
const MESSENGER = "/v25.0/104400000000001/messages";
const INSTAGRAM = "/graph.instagram.com/v25.0/17841400000000001/messages";
const AUTHORIZED = { authorization: "Bearer token" };

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "messenger-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  fake = createMessengerFake({ dataDir: folder, accessToken: "token" });
  url = await fake.listen(0);
}

async function send(body: unknown, path = MESSENGER, authorization: Record<string, string> = AUTHORIZED) {
  const headers = { ...authorization, "content-type": "application/json" };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const control = async (method: string, path: string, body?: object) =>
  await (
    await fetch(
      `${url}/__control/${path}`,
      body === undefined ? { method } : { method, body: JSON.stringify(body) },
    )
  ).json();

test.each([
  ["messenger", MESSENGER],
  ["instagram", INSTAGRAM],
])("a text on %s is answered as Meta does and shown to the control API", async (product, path) => {
  const { status, body } = await send(RESPONSE, path);
  expect(status).toBe(200);
  expect(body).toEqual({ recipient_id: CONTACT, message_id: expect.stringMatching(/^m_[\w-]{43}$/) });
  const details = { product, messagingType: "RESPONSE" };
  expect(await control("GET", "messages?since=0")).toMatchObject({
    messages: [{ seq: 1, to: CONTACT, text: "Hello", details }],
    next: 1,
  });
  expect(await control("GET", "messages?since=1")).toEqual({ messages: [], next: 1 });
});

test.each([
  ["no recipient", { ...RESPONSE, recipient: undefined }, { code: 100 }],
  ["no text", { ...RESPONSE, message: {} }, { code: 100 }],
  ["no body", null, { code: 100 }],
  ["no messaging type", { ...RESPONSE, messaging_type: undefined }, { code: 100 }],
  ["a tag without its type", { ...RESPONSE, messaging_type: "MESSAGE_TAG" }, { code: 100 }],
  ["a text and an action", { ...RESPONSE, sender_action: "typing_on" }, { code: 100 }],
  ["an unknown action", { recipient: { id: CONTACT }, sender_action: "dance" }, { code: 100 }],
  [
    "an id that is nobody's",
    { ...RESPONSE, recipient: { id: "nobody" } },
    { code: 100, error_subcode: 2018001 },
  ],
  ["2001 characters", { ...RESPONSE, message: { text: "x".repeat(2_001) } }, { code: 100 }],
])("refuses %s", async (_what, request, error) => {
  const { status, body } = await send(request);
  expect([status, body]).toMatchObject([400, { error: { type: "OAuthException", ...error } }]);
  expect(await control("GET", "messages")).toMatchObject({ messages: [] });
});

test("Instagram counts bytes where Messenger counts characters", async () => {
  const long = { ...RESPONSE, message: { text: "ж".repeat(501) } };
  expect((await send(long)).status).toBe(200);
  expect(await send(long, INSTAGRAM)).toMatchObject({ status: 400, body: { error: { code: 100 } } });
});

test.each(["", "Bearer", "Bearer other", "Basic dG9rZW4="])(
  "%j is a 401 with code 190",
  async (authorization) => {
    const refused = { status: 401, body: { error: { code: 190 } } };
    expect(await send(RESPONSE, MESSENGER, { authorization })).toMatchObject(refused);
  },
);

test("another path is an unsupported request", async () => {
  expect(await send(RESPONSE, "/v25.0/1/photos")).toMatchObject({
    status: 400,
    body: { error: { code: 100, error_subcode: 33 } },
  });
});

test("a send to a blocked contact fails with 551 until the contact is unblocked", async () => {
  await control("POST", "blocked", { to: CONTACT });
  expect((await send(RESPONSE)).body).toMatchObject({ error: { code: 551, error_subcode: 1545041 } });
  await control("DELETE", "blocked", { to: CONTACT });
  expect((await send(RESPONSE)).status).toBe(200);
});

test("a closed window is open for an agent's text, unless the agent's window is closed too", async () => {
  const tagged = { ...RESPONSE, messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" };
  const typing = { recipient: { id: CONTACT }, sender_action: "typing_on" };
  await control("POST", "window-closed", { to: CONTACT });
  expect((await send(RESPONSE)).body).toMatchObject({ error: { code: 10, error_subcode: 2018278 } });
  expect((await send(RESPONSE, INSTAGRAM)).body).toMatchObject({
    error: { code: 10, error_subcode: 2534022 },
  });
  expect((await send(tagged)).status).toBe(200);
  await control("POST", "human-window-closed", { to: CONTACT });
  expect((await send(tagged)).body).toMatchObject({ error: { code: 10 } });
  expect((await send(typing)).body).toEqual({ recipient_id: CONTACT });
});

test("texts and marks outlive a restart, and the numbering goes on", async () => {
  await send(RESPONSE);
  await control("POST", "blocked", { to: "7" });
  await fake.close();
  await start();
  expect((await send({ ...RESPONSE, recipient: { id: "7" } })).status).toBe(400);
  await send(RESPONSE);
  expect(await control("GET", "messages")).toMatchObject({ messages: [{ seq: 1 }, { seq: 2 }], next: 2 });
});

test("a scripted status carries Meta's own code, and sees Instagram's path without the prefix", async () => {
  fake.faults.replace([{ match: { path: "/v25.0/1784" }, times: 1, fault: { status: 429 } }]);
  expect((await send(RESPONSE)).status).toBe(200);
  expect(await send(RESPONSE, INSTAGRAM)).toMatchObject({ status: 429, body: { error: { code: 613 } } });
});
