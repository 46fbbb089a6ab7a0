import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

it("no cache keeps a response of any route below /v1, and no browser guesses its type", async () => {
  const key = await api.keyFor("acme");
  const routes = Object.entries(api.document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{[^}]+\}/g, "x"),
    })),
  );
  const below = routes.filter(({ path }) => path.startsWith("/v1/"));
  expect(below.length).toBeGreaterThan(60);
  const unknown = [
    { method: "GET", path: "/v1/nothing" },
    { method: "PATCH", path: "/v1/contacts" },
    { method: "GET", path: "/v1/%" },
  ];
  const wrong: string[] = [];
  for (const { method, path } of [...below, ...unknown])
    for (const headers of [{}, { authorization: `Bearer ${key}` }]) {
      const response = await fetch(api.url + path, { method, headers });
      await response.arrayBuffer();
      const isRight =
        response.headers.get("cache-control")?.includes("no-store") === true &&
        response.headers.get("x-content-type-options") === "nosniff";
      if (!isRight) wrong.push(`${response.status} ${method} ${path}`);
    }
  expect(wrong).toEqual([]);
});
