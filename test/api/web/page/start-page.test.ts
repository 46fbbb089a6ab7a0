import { afterAll, beforeAll, expect, it } from "vitest";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";

const TEMPORAL_UI = "https://temporal.example/?a=$&b=%22";
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false, env: { PARLEY_TEMPORAL_UI_URL: TEMPORAL_UI } });
});
afterAll(() => parley.close());

it("the start page links to the chat, the API, readiness and the Temporal UI, and each of its own links works", async () => {
  const response = await fetch(`${parley.url}/`);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const links = [...(await response.text()).matchAll(/<a href="([^"]+)"/g)].map(([, link = ""]) => link);
  expect(links).toEqual(["/chat", "/docs", "/openapi.json", "/readyz", TEMPORAL_UI.replace("&", "&amp;")]);
  for (const link of links.filter((each) => each.startsWith("/")))
    expect((await fetch(`${parley.url}${link}`)).status, link).toBe(200);
  expect((await fetch(`${parley.url}/`, { method: "HEAD" })).status).toBe(200);
});
