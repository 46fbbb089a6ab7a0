import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";

const env = { PARLEY_API_RATE_BURST: "4", PARLEY_API_RATE_PER_MINUTE: "6" };
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ env });
});
afterAll(() => api.close());

it("each key has a limit of its own and learns how many requests it has left", async () => {
  const greedy = await api.keyFor("acme");
  const modest = await api.keyFor("acme");
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await api.call("GET /v1/tenant", { key: greedy }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
  const left = answers.map(({ headers }) => headers.get("ratelimit"));
  expect(left.map((field) => /^"key";r=(\d+);t=\d+$/.exec(field ?? "")?.[1])).toEqual([
    "3",
    "2",
    "1",
    "0",
    "0",
    "0",
  ]);
  expect(new Set(answers.map(({ headers }) => headers.get("ratelimit-policy")))).toEqual(
    new Set(['"key";q=4;w=40']),
  );
  const refused = answers.at(-1);
  expect(refused?.body).toMatchObject({ code: "rate_limited", status: 429 });
  // One token returns every ten seconds.
  const wait = Number(refused?.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(10);
  expect((await api.call("GET /v1/tenant", { key: modest })).status).toBe(200);
});

it("the limit works locally at half the rate while Redis is unavailable", async () => {
  const alone = await startTestApi({ env: { ...env, REDIS_URL: "redis://127.0.0.1:1" } });
  try {
    const key = await alone.keyFor("acme");
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await alone.call("GET /v1/tenant", { key })).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
  } finally {
    await alone.close();
  }
});
