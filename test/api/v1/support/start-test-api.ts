import { expect } from "vitest";
import type { Scope } from "../../../../db/tenants/api-keys.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { createTestKey } from "./create-key.ts";
import { type Document, findSchemaErrors, routeFor } from "./openapi-document.ts";
import { type InstallationOptions, openInstallation } from "../../../support/open-installation.ts";

export const ADMIN_TOKEN = "an-admin-token-of-more-than-32-characters";

export interface ApiResponse {
  status: number;
  headers: Headers;
  body: Record<string, never>;
}

export interface ApiCall {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
}

/** An installation with a function that calls its REST API by `METHOD /path` and checks each response against the document. */
export async function startTestApi(options: InstallationOptions = {}) {
  const env = { PARLEY_ADMIN_TOKEN: ADMIN_TOKEN, PARLEY_API_RATE_BURST: "100000", ...options.env };
  const parley = await openInstallation({ worker: false, ...options, env });
  const vault = createConfiguredVault(parley.config);
  const document = (await (await fetch(`${parley.url}/openapi.json`)).json()) as Document;
  const call = async (route: string, asked: ApiCall = {}): Promise<ApiResponse> => {
    const [method = "", path = ""] = route.split(" ");
    const response = await fetch(parley.url + path, requestInit(method, asked));
    const body = JSON.parse(await response.text()) as Record<string, never>;
    expectDocumented(document, { method, path }, { response, body });
    return { status: response.status, headers: response.headers, body };
  };
  const keyFor = (tenantId: string, scopes?: Scope[]) => createTestKey(parley.db, vault, tenantId, scopes);
  return { ...parley, vault, document, call, keyFor };
}

function requestInit(method: string, { body, key = ADMIN_TOKEN, headers = {} }: ApiCall): RequestInit {
  return {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
}

function expectDocumented(
  document: Document,
  { method, path }: { method: string; path: string },
  { response, body }: { response: Response; body: unknown },
): void {
  const route = routeFor(document, method, path);
  if (route === undefined) return;
  const said = route.operation.responses[response.status];
  expect(said, `${response.status} of ${method} ${route.path} is not documented`).toBeDefined();
  const [contentType = ""] = (response.headers.get("content-type") ?? "").split(";");
  const schema = said?.content?.[contentType]?.schema;
  expect(schema, `${contentType} of ${method} ${route.path} is not documented`).toBeDefined();
  expect(findSchemaErrors(document, schema ?? {}, body), `${method} ${route.path}`).toEqual([]);
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;
