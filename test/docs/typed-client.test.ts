import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedTenant } from "../api/v1/support/seed-tenant.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";
import openapi from "../../docs/openapi.json" with { type: "json" };
import { readPage } from "./read-docs.ts";

const EXAMPLE = fileURLToPath(new URL("../../docs/examples/typed-client.ts", import.meta.url));
const TYPES = fileURLToPath(new URL("../../docs/examples/parley-api.d.ts", import.meta.url));

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

it("the example of docs/api.md is the file, and it lists a conversation and takes it over", async () => {
  expect(readPage("docs/api.md")).toContain(readFileSync(EXAMPLE, "utf8").trim());
  const { conversationId, key } = await seedTenant(api, "acme");
  const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, api.url, key]);
  expect(stdout).toContain(conversationId);
  expect(stdout).toMatch(/dana has the conversation\s*$/);
});

it("the types of the example have each path and each body of the document (npm run client)", () => {
  const types = readFileSync(TYPES, "utf8");
  const names = [...Object.keys(openapi.paths), ...Object.keys(openapi.webhooks)];
  const isThere = (name: string) => types.includes(`"${name}": {`) || types.includes(` ${name}: {`);
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});
