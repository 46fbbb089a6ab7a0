import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES } from "../../../db/tenants/api-keys.ts";
import { findSchemaErrors, type Route, routesOf } from "./support/openapi-document.ts";
import { type TestApi, startTestApi } from "./support/start-test-api.ts";

const COMMITTED = fileURLToPath(new URL("../../../docs/openapi.json", import.meta.url));

let api: TestApi;
let routes: Route[];
beforeAll(async () => {
  api = await startTestApi();
  routes = routesOf(api.document).filter(({ path }) => path.startsWith("/v1/"));
});
afterAll(() => api.close());

const name = ({ method, path }: Route) => `${method} ${path}`;

describe("the OpenAPI document", () => {
  it("the document equals docs/openapi.json (UPDATE_OPENAPI=1 writes it)", () => {
    const text = `${JSON.stringify(api.document, null, 2)}\n`;
    if (process.env["UPDATE_OPENAPI"] === "1") writeFileSync(COMMITTED, text);
    expect(existsSync(COMMITTED)).toBe(true);
    expect(JSON.parse(readFileSync(COMMITTED, "utf8"))).toEqual(api.document);
  });

  it("each route has a summary, a tag, an operation id and a security scheme", () => {
    expect(routes.length).toBeGreaterThan(30);
    for (const route of routes) {
      const { summary, tags, operationId, security } = route.operation;
      expect([summary, tags?.[0], operationId].every(Boolean), name(route)).toBe(true);
      expect(security?.length, name(route)).toBeGreaterThan(0);
      for (const scheme of security ?? [])
        expect(api.document.components.securitySchemes, name(route)).toHaveProperty(
          Object.keys(scheme)[0] ?? "",
        );
    }
    const ids = routes.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("each body and each JSON response has an example that fits its schema", () => {
    for (const route of routes) {
      const { requestBody, responses } = route.operation;
      const answers = Object.entries(responses).filter(([status]) => status.startsWith("2"));
      const medias = [requestBody?.content, ...answers.map(([, answer]) => answer.content)].flatMap(
        (content) => content?.["application/json"] ?? [],
      );
      for (const { schema, example } of medias) {
        expect(example, name(route)).toBeDefined();
        expect(findSchemaErrors(api.document, schema, example), name(route)).toEqual([]);
      }
    }
  });

  it("each route of a key documents the problems that it can respond with", () => {
    for (const route of routes.filter(({ operation }) => operation.security?.some(isKey))) {
      const { responses, requestBody } = route.operation;
      const always = ["401", "403", "429", "503"];
      const expected = [...always, ...(requestBody ? ["400", "413", "415", "422"] : [])];
      expect(Object.keys(responses), name(route)).toEqual(expect.arrayContaining(expected));
    }
  });
});

describe("docs/api.md", () => {
  it("the page explains exactly the existing scopes", () => {
    const text = readFileSync(fileURLToPath(new URL("../../../docs/api.md", import.meta.url)), "utf8");
    const explained = [...text.matchAll(/^\| (`\w+:.*?) +\|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/\w+:\w+/g) ?? [],
    );
    expect(explained.toSorted()).toEqual([...SCOPES].toSorted());
  });
});

const isKey = (scheme: object) => "apiKey" in scheme || "adminToken" in scheme;

describe("/docs", () => {
  it("the page loads nothing from other origins", async () => {
    const page = await fetch(`${api.url}/docs`);
    expect(page.status).toBe(200);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:/);
    const html = await page.text();
    const referred = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = ""]) => url);
    expect(referred.length).toBeGreaterThan(3);
    for (const url of referred) {
      expect(url).toMatch(/^\/docs\//);
      const asset = await fetch(api.url + url);
      expect(asset.status, url).toBe(200);
      const text = await asset.text();
      if (url.endsWith(".css")) expect(text.match(/url\((?!["']?data:)[^)]*\)|@import/g), url).toBeNull();
    }
    const initializer = await (await fetch(`${api.url}/docs/static/swagger-initializer.js`)).text();
    expect(initializer).not.toMatch(/["'`]https?:/);
    expect(initializer).toContain('"validatorUrl":null');
    expect((await fetch(`${api.url}/docs/json`)).status).toBe(200);
  });
});
