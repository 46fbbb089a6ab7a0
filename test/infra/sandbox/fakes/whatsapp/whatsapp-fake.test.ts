import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createWhatsappFake } from "../../../../../infra/sandbox/fakes/whatsapp/whatsapp-fake.ts";

const CONTACT = "15550100200";
const USER_ID = "US.13491208655302741918";
const PATH = "/v25.0/106540352242922/messages";
const TEXT = { messaging_product: "whatsapp", to: CONTACT, type: "text", text: { body: "Hello" } };
const AUTHORIZED = { authorization: "Bearer token" };

let folder: string;
let fake: Fake;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "whatsapp-"));
  await start();
});
afterEach(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  const templates = { reply_ready: 1, reminder: 2, greeting: 0 };
  fake = createWhatsappFake({ dataDir: folder, accessToken: "token", templates });
  url = await fake.listen(0);
}

async function post(body: unknown, path = PATH, authorization: Record<string, string> = AUTHORIZED) {
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
const setMark = async (name: string, to = CONTACT) => await control("POST", name, { to });
const clearMark = async (name: string, to = CONTACT) => await control("DELETE", name, { to });
const buildRefusal = (code: number) => ({
  error: { type: "OAuthException", code, fbtrace_id: expect.any(String) },
});

function template(name: string, ...texts: string[]) {
  const parameters = texts.map((text) => ({ type: "text", text }));
  const components = [{ type: "body", parameters }];
  return { ...TEXT, type: "template", template: { name, language: { code: "en_US" }, components } };
}

describe("a text", () => {
  test("is answered as Meta does and shown to the control API", async () => {
    expect(await post({ ...TEXT, biz_opaque_callback_data: "delivery-1" })).toEqual({
      status: 200,
      body: {
        messaging_product: "whatsapp",
        contacts: [{ input: CONTACT, wa_id: CONTACT }],
        messages: [{ id: expect.stringMatching(/^wamid\.[\w+/]{36}$/) }],
      },
    });
    const details = { number: "106540352242922", type: "text", callbackData: "delivery-1" };
    expect(await control("GET", "messages?since=0")).toMatchObject({
      messages: [{ seq: 1, to: CONTACT, text: "Hello", details }],
      next: 1,
    });
  });

  test("the response to a text for a business-scoped user id contains the id, and a number takes precedence", async () => {
    const { to: _to, ...text } = TEXT;
    expect(await post({ ...text, recipient: USER_ID })).toMatchObject({
      body: { contacts: [{ input: USER_ID, user_id: USER_ID }] },
    });
    expect(await post({ ...TEXT, recipient: USER_ID })).toMatchObject({
      body: { contacts: [{ input: CONTACT, wa_id: CONTACT }] },
    });
    expect(await control("GET", "messages")).toMatchObject({ messages: [{ to: USER_ID }, { to: CONTACT }] });
  });

  test.each([
    ["no product", { ...TEXT, messaging_product: undefined }, 100],
    ["no body at all", null, 100],
    ["4097 characters", { ...TEXT, text: { body: "x".repeat(4_097) } }, 100],
    ["no address", { ...TEXT, to: undefined }, 131008],
    ["no text", { ...TEXT, text: { body: "" } }, 131008],
    ["a number that is none", { ...TEXT, to: "nobody" }, 131009],
    ["a user id in place of a number", { ...TEXT, to: USER_ID }, 131009],
    ["a number in place of a user id", { ...TEXT, to: undefined, recipient: CONTACT }, 131009],
    ["a group", { ...TEXT, recipient_type: "group" }, 131009],
    ["a type that is not played", { ...TEXT, type: "image" }, 131009],
    ["no type", { ...TEXT, type: undefined }, 131009],
  ])("a request with %s is refused", async (_what, body, code) => {
    expect(await post(body)).toMatchObject({ status: 400, body: buildRefusal(code) });
    expect(await control("GET", "messages")).toMatchObject({ messages: [] });
  });
});

describe("a template", () => {
  test("is filled in with its parameters, of which it may have any number", async () => {
    expect(await post(template("reply_ready", "We open at nine."))).toMatchObject({ status: 200 });
    expect(await post(template("reminder", "Ada", "nine"))).toMatchObject({ status: 200 });
    expect(await post(template("greeting"))).toMatchObject({ status: 200 });
    expect(await control("GET", "messages")).toMatchObject({
      messages: [
        {
          text: "We open at nine.",
          details: { type: "template", template: "reply_ready", language: "en_US" },
        },
        { text: "Ada nine" },
        { text: "" },
      ],
    });
  });

  test.each([
    ["too few parameters", template("reminder", "Ada"), 132000],
    ["too many parameters", template("greeting", "Ada"), 132000],
    ["an empty parameter", template("reply_ready", ""), 131008],
    ["a line break in a parameter", template("reply_ready", "a\nb"), 100],
    ["a tab in a parameter", template("reply_ready", "a\tb"), 100],
    ["five spaces in a row", template("reply_ready", "a     b"), 100],
    ["a name that is not known", template("unheard_of", "x"), 132001],
    ["no name", template("", "x"), 131008],
    ["nothing in it", { ...TEXT, type: "template", text: undefined }, 131008],
  ])("a request with %s is refused", async (_what, body, code) => {
    expect((await post(body)).body).toMatchObject(buildRefusal(code));
    expect(await control("GET", "messages")).toMatchObject({ messages: [] });
  });

  test("may have four spaces in a row", async () => {
    expect(await post(template("reply_ready", "a    b"))).toMatchObject({ status: 200 });
  });
});

describe("a contact's mark", () => {
  test("a contact with a closed window accepts only templates", async () => {
    await setMark("window-closed");
    expect(await post(TEXT)).toMatchObject({ status: 400, body: buildRefusal(131047) });
    expect(await post(template("reply_ready", "x"))).toMatchObject({ status: 200 });
    await clearMark("window-closed");
    expect(await post(TEXT)).toMatchObject({ status: 200 });
  });

  test("a contact who stopped templates accepts only free text", async () => {
    await setMark("opted-out");
    expect(await post(template("reply_ready", "x"))).toMatchObject({
      status: 400,
      body: buildRefusal(131050),
    });
    expect(await post(TEXT)).toMatchObject({ status: 200 });
  });

  test.each([
    ["unreachable", 131026],
    ["pair-limited", 131056],
  ])("a contact who is %s accepts nothing, and other contacts still do", async (name, code) => {
    await setMark(name);
    expect(await post(TEXT)).toMatchObject({ status: 400, body: buildRefusal(code) });
    expect(await post(template("reply_ready", "x"))).toMatchObject({ body: buildRefusal(code) });
    expect(await post({ ...TEXT, to: "15550100999" })).toMatchObject({ status: 200 });
  });
});

describe("a read mark", () => {
  const READ = { messaging_product: "whatsapp", status: "read", message_id: "wamid.in-1" };

  test("a read mark succeeds with and without typing, and is no message", async () => {
    const typing = { ...READ, typing_indicator: { type: "text" } };
    expect(await post(READ)).toEqual({ status: 200, body: { success: true } });
    expect(await post(typing)).toEqual({ status: 200, body: { success: true } });
    expect(await control("GET", "messages")).toEqual({ messages: [], next: 0 });
  });

  test.each([
    ["of no message", { ...READ, message_id: undefined }],
    ["of another state", { ...READ, status: "seen" }],
    ["with typing of an unknown kind", { ...READ, typing_indicator: { type: "dance" } }],
    ["of no product", { ...READ, messaging_product: undefined }],
  ])("%s is refused", async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: buildRefusal(100) });
  });
});

test.each(["", "Bearer", "Bearer other", "Basic dG9rZW4="])(
  "%j is a 401 with code 190",
  async (authorization) => {
    expect(await post(TEXT, PATH, { authorization })).toMatchObject({ status: 401, body: buildRefusal(190) });
  },
);

test("another path is an unsupported request", async () => {
  expect(await post(TEXT, "/v25.0/1/media")).toMatchObject({
    status: 400,
    body: { error: { code: 100, error_subcode: 33 } },
  });
});

test("texts and marks outlive a restart, and the numbering goes on", async () => {
  await post(TEXT);
  await setMark("unreachable", "15550100999");
  await fake.close();
  await start();
  expect((await post({ ...TEXT, to: "15550100999" })).status).toBe(400);
  await post(TEXT);
  expect(await control("GET", "messages")).toMatchObject({ messages: [{ seq: 1 }, { seq: 2 }], next: 2 });
});

test.each([
  [429, 130429],
  [500, 2],
  [401, 190],
  [403, 200],
  [400, 100],
])("a scripted status %i carries Meta's code %i", async (status, code) => {
  fake.faults.replace([{ match: { path: "/v25.0/" }, times: 1, fault: { status } }]);
  expect(await post(TEXT)).toMatchObject({ status, body: buildRefusal(code) });
  expect(await post(TEXT)).toMatchObject({ status: 200 });
});

test("a dropped response leaves the message with the contact", async () => {
  fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
  await expect(post(TEXT)).rejects.toThrow("fetch failed");
  expect(await control("GET", "messages")).toMatchObject({ messages: [{ text: "Hello" }] });
});

test("any template name takes one parameter when no templates are configured", async () => {
  await fake.close();
  fake = createWhatsappFake();
  url = await fake.listen(0);
  expect(await post(template("whatever", "x"))).toMatchObject({ status: 200 });
  expect(await post(template("whatever", "x", "y"))).toMatchObject({ body: buildRefusal(132000) });
});
