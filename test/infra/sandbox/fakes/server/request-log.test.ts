import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "../body-of.ts";
import { createRequestLog } from "../../../../../infra/sandbox/fakes/server/request-log.ts";
import type { Fake } from "../../../../../infra/sandbox/fakes/server/fake.ts";
import { createTwilioFake } from "../../../../../infra/sandbox/fakes/twilio/twilio-fake.ts";

let fake: Fake;
let url: string;

beforeEach(async () => {
  fake = createTwilioFake();
  url = await fake.listen(0);
});
afterEach(async () => {
  await fake.close();
});

const readLog = async (since = 0) => bodyOf(await fetch(`${url}/__control/log?since=${since}`));

test("the log contains requests and responses, without control calls", async () => {
  await fetch(`${url}/a?b=c`, { method: "POST", body: '{"x":1}' });
  const { requests } = await readLog();
  expect(requests).toEqual([
    {
      seq: 1,
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      method: "POST",
      path: "/a",
      peerPort: expect.any(Number),
      host: "",
      query: { b: "c" },
      body: { x: 1 },
      status: 401,
      responseBody: expect.stringContaining("20003"),
      cutAfterBytes: null,
      fault: null,
    },
  ]);
});

test("`since` gives what is newer, and a cleared log goes on counting", async () => {
  await fetch(`${url}/a`);
  await fetch(`${url}/b`);
  expect(await readLog(1)).toMatchObject({ requests: [{ seq: 2, path: "/b" }], next: 2 });
  await fetch(`${url}/__control/log`, { method: "DELETE" });
  await fetch(`${url}/c`);
  expect(await readLog()).toMatchObject({ requests: [{ seq: 3, path: "/c" }], next: 3 });
});

test("a request that was cut or dropped is in the log with the item that did it", async () => {
  fake.faults.replace([
    { match: { path: "/a" }, times: 1, fault: { cut: true } },
    { match: { path: "/b" }, times: 1, fault: { accept_then_drop: true } },
  ]);
  await Promise.allSettled([fetch(`${url}/a`)]);
  await Promise.allSettled([fetch(`${url}/b`)]);
  expect(fake.log.entries()).toMatchObject([
    { path: "/a", status: "cut", responseBody: null, fault: 0 },
    { path: "/b", status: "dropped", responseBody: null, fault: 1 },
  ]);
});

const entry = (bodyBytes: number) => ({
  method: "POST",
  path: "/",
  peerPort: 1,
  host: "",
  query: {},
  body: "kept",
  bodyBytes,
  status: 200,
  responseBody: "",
  cutAfterBytes: null,
  fault: null,
});

test("the log keeps at most 50,000 entries and always the newest", () => {
  const log = createRequestLog();
  for (let count = 0; count < 50_001; count += 1) log.record(entry(1));
  expect(log.entries().length).toBeLessThanOrEqual(50_000);
  expect(log.entries().at(-1)?.seq).toBe(50_001);
});

test("a body above 64 KiB is left out of the log", () => {
  const log = createRequestLog();
  log.record(entry(70_000));
  expect(log.entries()[0]?.body).toEqual({ omittedBytes: 70_000 });
});

test("large bodies push out the oldest entries before they fill the memory", () => {
  const log = createRequestLog();
  for (let count = 0; count < 2_000; count += 1) log.record(entry(60_000));
  expect(log.entries().length * 60_000).toBeLessThanOrEqual(64 * 1024 * 1024);
});
