import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "../body-of.ts";
import { createWebhookSink } from "../../../../../infra/sandbox/fakes/webhook-sink/webhook-sink.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";

let fake: Fake;
let url: string;
let throwOfDice = 0;

beforeEach(async () => {
  fake = createWebhookSink({ secrets: [], random: () => throwOfDice });
  url = await fake.listen(0);
});
afterEach(async () => {
  await fake.close();
});

const control = (path: string, init: RequestInit = {}) => fetch(`${url}/__control/${path}`, init);
const script = (...items: unknown[]) =>
  control("faults", { method: "POST", body: JSON.stringify({ script: items }) });
const call = (path = "/hooks/a", init: RequestInit = {}) =>
  fetch(url + path, { method: "POST", body: "{}", ...init });
const countReceived = async () => (await bodyOf(await control("messages"))).messages.length;

test("an item fires as often as it may and is counted", async () => {
  await script({ match: { path: "/hooks/a" }, times: 2, fault: { status: 503 } });
  const statuses = [await call(), await call("/hooks/b"), await call(), await call()].map((r) => r.status);
  expect(statuses).toEqual([503, 401, 503, 401]);
  expect(await bodyOf(await control("faults"))).toMatchObject({ script: [{ times: 2, fired: 2 }] });
});

test("items are taken in order, one without an end fires for ever, and DELETE clears them", async () => {
  await script(
    { match: {}, times: 1, fault: { status: 429 } },
    { match: {}, times: null, fault: { status: 500 } },
  );
  expect([await call(), await call(), await call()].map((r) => r.status)).toEqual([429, 500, 500]);
  await control("faults", { method: "DELETE" });
  expect((await call()).status).toBe(401);
});

test("method, model and a wildcard in the path choose the requests", async () => {
  fake.faults.replace([
    { match: { path: "/*/b", method: "POST", model: "gpt-4o" }, times: null, fault: { status: 500 } },
  ]);
  const withModel = { body: '{"model":"gpt-4o"}' };
  expect((await call("/hooks/b", withModel)).status).toBe(500);
  expect((await call("/hooks/b")).status).toBe(401);
  expect((await call("/hooks/a", withModel)).status).toBe(401);
  expect((await call("/hooks/b", { ...withModel, method: "PUT" })).status).toBe(404);
});

test("probability lets the dice decide", async () => {
  await script({ match: {}, times: null, probability: 0.3, fault: { status: 500 } });
  throwOfDice = 0.29;
  expect((await call()).status).toBe(500);
  throwOfDice = 0.3;
  expect((await call()).status).toBe(401);
});

test("a fault brings its own headers and body", async () => {
  const fault = { status: 429, headers: { "Retry-After": "7" }, body: '{"slow":true}' };
  await script({ match: {}, times: 1, fault });
  const response = await call();
  expect(response.headers.get("retry-after")).toBe("7");
  expect(await bodyOf(response)).toMatchObject({ slow: true });
});

test("`cut` closes the connection without executing the request", async () => {
  await script({ match: {}, times: 1, fault: { cut: true } });
  await expect(call()).rejects.toThrow("fetch failed");
  expect(await countReceived()).toBe(0);
});

test("`accept_then_drop` executes the request and closes the connection without an answer", async () => {
  await script({ match: {}, times: 1, fault: { accept_then_drop: true } });
  await expect(call()).rejects.toThrow("fetch failed");
  expect(await countReceived()).toBe(1);
});

test("`cut_after_bytes` breaks off in the body, after the headers", async () => {
  await script({ match: {}, times: 1, fault: { cut_after_bytes: 5 } });
  const response = await call();
  expect(response.status).toBe(401);
  await expect(response.text()).rejects.toThrow("terminated");
});

test("`garbage` is a page of HTML with status 200", async () => {
  await script({ match: {}, times: 1, fault: { garbage: true } });
  const response = await call();
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html"]);
  expect(await countReceived()).toBe(0);
});

test("a request whose caller gave up during the delay is executed all the same", async () => {
  await script({ match: {}, times: 1, fault: { delay_ms: 1_000 } });
  const caller = new AbortController();
  const response = call("/hooks/a", { signal: caller.signal });
  const ended = expect(response).rejects.toThrow();
  await expect.poll(() => fake.faults.list()[0]?.fired).toBe(1);
  caller.abort();
  await ended;
  await expect.poll(countReceived).toBe(1);
});

test("closing ends a delay of an hour", async () => {
  await script({ match: {}, times: 1, fault: { delay_ms: 3_600_000 } });
  const waiting = call().catch((error: unknown) => error);
  await expect.poll(() => fake.faults.list()[0]?.fired).toBe(1);
  await fake.close();
  expect(await waiting).toBeInstanceOf(TypeError);
  fake = createWebhookSink({ secrets: [] });
});

test.each([
  ["an unknown field of a fault", { match: {}, times: 1, fault: { status: 500, delay: 5 } }, '"delay"'],
  ["an unknown field of an item", { match: {}, times: 1, every: 2, fault: { cut: true } }, '"every"'],
  ["no `times`", { match: {}, fault: { cut: true } }, '[0]["times"]'],
  ["a fault that does nothing", { match: {}, times: 1, fault: {} }, "at least one of"],
  ["two faults in one", { match: {}, times: 1, fault: { cut: true, status: 500 } }, "only one of"],
  ["a body without a status", { match: {}, times: 1, fault: { cut: true, body: "x" } }, "needs `status`"],
])("%s is a 400 that says what is wrong, and the old script stays", async (_what, item, words) => {
  await script({ match: {}, times: null, fault: { status: 418 } });
  const response = await script(item);
  expect(response.status).toBe(400);
  expect((await bodyOf(response)).error).toContain(words);
  expect((await call()).status).toBe(418);
});

test("a body that is no script is a 400", async () => {
  const response = await control("faults", { method: "POST", body: "[]" });
  expect([response.status, (await bodyOf(response)).error]).toEqual([400, expect.stringContaining("script")]);
});
