import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "../body-of.ts";
import { eventually } from "../../../../support/eventually.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createTwilioFake } from "../../../../../infra/sandbox/fakes/twilio/twilio-fake.ts";

const ACCOUNT = `AC${"a".repeat(32)}`;
const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;
const TEXT = { To: "+15550100001", From: "+15550100200", Body: "Hello" };

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "twilio-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(times: { listedAfterMs?: number; queuedForMs?: number } = {}): Promise<void> {
  fake = createTwilioFake({
    dataDir: folder,
    authToken: "token",
    listedAfterMs: 0,
    queuedForMs: 0,
    ...times,
  });
  url = await fake.listen(0);
}

const authorization = (user = ACCOUNT, password = "token") => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});
const send = async (form: Record<string, string>, headers: Record<string, string> = authorization()) =>
  await fetch(`${url}${MESSAGES}.json`, { method: "POST", headers, body: new URLSearchParams(form) });
const read = async (path: string) => await fetch(url + path, { headers: authorization() });
const control = async (path: string, init: RequestInit = {}) => await fetch(`${url}/__control/${path}`, init);

test("an accepted text is answered as Twilio does and shown to the control API", async () => {
  const response = await send(TEXT);
  const message = await bodyOf(response);
  expect(response.status).toBe(201);
  expect(message).toMatchObject({
    sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
    account_sid: ACCOUNT,
    status: "queued",
    to: TEXT.To,
    from: TEXT.From,
    body: "Hello",
    num_segments: "1",
    direction: "outbound-api",
    error_code: null,
    date_created: expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} \+0000$/),
  });
  const { messages, next } = await bodyOf(await control("messages?since=0"));
  expect([messages, next]).toMatchObject([
    [{ seq: 1, to: TEXT.To, from: TEXT.From, body: "Hello", sid: message.sid }],
    1,
  ]);
  expect((await bodyOf(await control("messages?since=1"))).messages).toEqual([]);
});

test("a messaging service can replace the number in From", async () => {
  const { From: _from, ...rest } = TEXT;
  const message = await bodyOf(await send({ ...rest, MessagingServiceSid: "MG1" }));
  expect(message).toMatchObject({ from: null, messaging_service_sid: "MG1" });
});

test.each([
  [21604, { To: "" }],
  [21603, { From: "" }],
  [21211, { To: "5550100" }],
  [21602, { Body: "" }],
  [21617, { Body: "x".repeat(1_601) }],
])("refuses with code %i", async (code, change) => {
  const response = await send({ ...TEXT, ...change });
  expect(response.status).toBe(400);
  expect(await bodyOf(response)).toMatchObject({
    code,
    status: 400,
    more_info: expect.stringContaining(String(code)),
  });
  expect((await bodyOf(await control("messages"))).messages).toEqual([]);
});

test("JSON in place of a form has no recipient", async () => {
  const headers = { ...authorization(), "content-type": "application/json" };
  const response = await fetch(`${url}${MESSAGES}.json`, {
    method: "POST",
    headers,
    body: JSON.stringify(TEXT),
  });
  expect(await bodyOf(response)).toMatchObject({ code: 21604 });
});

test.each([
  ["no password", {}],
  ["a wrong token", authorization(ACCOUNT, "other")],
  ["another account", authorization(`AC${"b".repeat(32)}`)],
])("%s is a 401 with code 20003", async (_what, headers: Record<string, string>) => {
  const response = await send(TEXT, headers);
  expect([response.status, (await bodyOf(response)).code]).toEqual([401, 20003]);
});

test("a recipient who opted out is refused with 21610 until they opt in again", async () => {
  const setOptedOut = (method: string) =>
    control("opted-out", { method, body: JSON.stringify({ to: TEXT.To }) });
  await setOptedOut("POST");
  expect(await bodyOf(await send(TEXT))).toMatchObject({ code: 21610, status: 400 });
  await setOptedOut("DELETE");
  expect((await send(TEXT)).status).toBe(201);
});

const ON_WHATSAPP = { ...TEXT, To: "whatsapp:+15550100001", From: "whatsapp:+15550100200" };
const CONTENT_SID = `HX${"c".repeat(32)}`;

test("a WhatsApp message goes to a number or to a business-scoped user id", async () => {
  for (const To of ["whatsapp:+15550100001", "whatsapp:US.1a2B3c", "whatsapp:US.ENT.1a2B3c"])
    expect(await bodyOf(await send({ ...ON_WHATSAPP, To }))).toMatchObject({ to: To, status: "queued" });
});

test.each([
  [21910, { From: TEXT.From }],
  [21910, { To: TEXT.To }],
  [21211, { To: "whatsapp:Ada" }],
  [21654, { ContentVariables: "{}" }],
  [21655, { ContentSid: "reply_ready" }],
  [21656, { ContentSid: CONTENT_SID, ContentVariables: "Hello" }],
  [21656, { ContentSid: CONTENT_SID, ContentVariables: '{"1":""}' }],
])("a WhatsApp message is refused with code %i for %j", async (code, change) => {
  expect(await bodyOf(await send({ ...ON_WHATSAPP, ...change }))).toMatchObject({ code, status: 400 });
});

test("a closed window refuses free text with 63016 and takes a template, on WhatsApp alone", async () => {
  const setWindowClosed = (method: string, to = ON_WHATSAPP.To) =>
    control("window-closed", { method, body: JSON.stringify({ to }) });
  await setWindowClosed("POST");
  await setWindowClosed("POST", TEXT.To);
  expect(await bodyOf(await send(ON_WHATSAPP))).toMatchObject({ code: 63016, status: 400 });
  const { Body: _body, ...template } = { ...ON_WHATSAPP, ContentSid: CONTENT_SID };
  expect((await send({ ...template, ContentVariables: '{"1":"Hello","2":"Ada"}' })).status).toBe(201);
  expect((await send(TEXT)).status).toBe(201);
  await setWindowClosed("DELETE");
  expect((await send(ON_WHATSAPP)).status).toBe(201);
  const { messages } = await bodyOf(await control("messages"));
  expect(messages).toMatchObject([
    { to: ON_WHATSAPP.To, body: "Hello Ada", contentSid: CONTENT_SID },
    { to: TEXT.To, body: "Hello" },
    { to: ON_WHATSAPP.To, body: "Hello" },
  ]);
});

test("sent texts are listed newest first, filtered by To, From and day, page by page", async () => {
  for (const Body of ["one", "two", "three"]) await send({ ...TEXT, Body });
  await send({ ...TEXT, To: "+15550100002" });
  const today = new Date().toISOString().slice(0, 10);
  const query = new URLSearchParams({ To: TEXT.To, From: TEXT.From, "DateSent>": today, PageSize: "2" });
  const first = await bodyOf(await read(`${MESSAGES}.json?${query.toString()}`));
  expect(first.messages.map(({ body }) => body)).toEqual(["three", "two"]);
  const second = await bodyOf(await read(first.next_page_uri ?? ""));
  expect(second.messages.map(({ body }) => body)).toEqual(["one"]);
  expect(second.next_page_uri).toBeNull();
  const future = new URLSearchParams({ "DateSent>": "2100-01-01" });
  expect((await bodyOf(await read(`${MESSAGES}.json?${future.toString()}`))).messages).toEqual([]);
});

test("a new text is not listed at once, and has no sent date while it is queued", async () => {
  await fake.close();
  await start({ listedAfterMs: 50, queuedForMs: 60_000 });
  const { sid } = await bodyOf(await send(TEXT));
  expect((await bodyOf(await read(`${MESSAGES}.json`))).messages).toEqual([]);
  const listed = await eventually("the text in the list", async () => {
    const { messages } = await bodyOf(await read(`${MESSAGES}.json`));
    return messages[0];
  });
  expect(listed).toMatchObject({ sid, status: "queued", date_sent: null });
  const today = new URLSearchParams({ "DateSent>": new Date().toISOString().slice(0, 10) });
  expect((await bodyOf(await read(`${MESSAGES}.json?${today.toString()}`))).messages).toEqual([]);
});

test("a page after the first one needs its token, and new texts do not move it", async () => {
  for (const Body of ["one", "two", "three"]) await send({ ...TEXT, Body });
  const { next_page_uri: next } = await bodyOf(await read(`${MESSAGES}.json?PageSize=2`));
  await send({ ...TEXT, Body: "four" });
  expect((await bodyOf(await read(next ?? ""))).messages).toMatchObject([{ body: "one" }]);
  expect((await read(`${MESSAGES}.json?PageSize=2&Page=1`)).status).toBe(400);
});

test("Smart Encoding and a trial account rewrite the text that is sent and listed", async () => {
  const Body = "\u201CHello\u201D \u2013 wait\u2026";
  expect((await bodyOf(await send({ ...TEXT, Body }))).body).toBe(Body);
  expect((await bodyOf(await send({ ...TEXT, Body, SmartEncoded: "true" }))).body).toBe('"Hello" - wait...');
  const service = { To: TEXT.To, MessagingServiceSid: "MG1" };
  expect((await bodyOf(await send({ ...service, Body: `${Body} \u2713` }))).body).toBe(`${Body} \u2713`);
  await control("trial", { method: "POST" });
  expect((await bodyOf(await send({ ...service, Body }))).body).toBe(
    'Sent from your Twilio trial account - "Hello" - wait...',
  );
});

test("a text is found by its sid, and an unknown one is a 404", async () => {
  const { sid } = await bodyOf(await send(TEXT));
  expect(await bodyOf(await read(`${MESSAGES}/${sid}.json`))).toMatchObject({ sid, status: "delivered" });
  expect((await read(`${MESSAGES}/SMnone.json`)).status).toBe(404);
});

test("texts, opt-outs and closed windows outlive a restart, and the numbering goes on", async () => {
  await send(TEXT);
  await control("opted-out", { method: "POST", body: '{"to":"+15550100009"}' });
  await control("window-closed", { method: "POST", body: JSON.stringify({ to: ON_WHATSAPP.To }) });
  await fake.close();
  await start();
  expect((await send({ ...TEXT, To: "+15550100009" })).status).toBe(400);
  expect((await send(ON_WHATSAPP)).status).toBe(400);
  await send(TEXT);
  const { messages } = await bodyOf(await control("messages"));
  expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("a text whose answer was dropped is found in the list", async () => {
  fake.faults.replace([
    { match: { path: "/2010-04-01", method: "POST" }, times: 1, fault: { accept_then_drop: true } },
  ]);
  await expect(send(TEXT)).rejects.toThrow("fetch failed");
  expect((await bodyOf(await read(`${MESSAGES}.json`))).messages).toMatchObject([{ body: "Hello" }]);
});

test("a scripted 429 carries Twilio's own code", async () => {
  fake.faults.replace([{ match: {}, times: 1, fault: { status: 429, headers: { "retry-after": "3" } } }]);
  const response = await send(TEXT);
  expect([response.headers.get("retry-after"), (await bodyOf(response)).code]).toEqual(["3", 20429]);
});
