import { describe, expect, it } from "vitest";
import openapi from "../../docs/openapi.json" with { type: "json" };
import { listCode } from "./read-docs.ts";

/** Pages and files that the ingress serves and docs/openapi.json does not describe. */
const PAGES_OF_API = new Set(["/docs", "/openapi.json", "/chat", "/chat/widget.js"]);

describe("the documents", () => {
  it("name only routes of the API that exist, with a method that the route has", () => {
    const named = listCode().flatMap(({ page, text }) =>
      [
        ...text.matchAll(
          /(?:\b(GET|POST|PUT|PATCH|DELETE) |^|\.com|8080|8180)(\/(?:v1|web|webhooks|livez|healthz|readyz|docs|openapi|chat)\b[^\s"'`]*)/g,
        ),
      ].map(([, method, path = ""]) => ({ page, method, path: path.replace(/[?#].*$/, "") })),
    );
    expect(named.length).toBeGreaterThan(25);
    expect(named.filter(({ method, path }) => !isRoute(method, path))).toEqual([]);
  });
});

function isRoute(method: string | undefined, path: string): boolean {
  if (PAGES_OF_API.has(path) || path === "/v1") return true;
  return Object.entries(openapi.paths).some(
    ([route, methods]) =>
      isSamePath(route, path) && (method === undefined || Object.hasOwn(methods, method.toLowerCase())),
  );
}

/** A parameter of the route matches any value. A parameter in a page must have the same name as in the API. */
function isSamePath(route: string, path: string): boolean {
  const expected = route.split("/");
  const given = path.split("/");
  return (
    expected.length === given.length &&
    expected.every((part, i) => part === given[i] || (part.startsWith("{") && !given[i]?.startsWith("{")))
  );
}
