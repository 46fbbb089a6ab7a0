import { randomUUID } from "node:crypto";
import { createApiKey, type Scope, SCOPES } from "../../../db/api-keys.ts";
import { upsertTenant } from "../../../db/accounts.ts";
import type { Database } from "../../../db/postgres.ts";
import { configuredVault } from "../../../infra/runtime/vault.ts";
import { type InstallationOptions, openInstallation } from "../../support/open-installation.ts";

export const ADMIN_TOKEN = "an-admin-token-of-more-than-32-characters";

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // Each test knows what it asked for.
  body: Record<string, never>;
}

export interface ApiCall {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
}

/** An installation whose REST API can be called by `METHOD /path`. */
export async function openApi(options: InstallationOptions = {}) {
  const env = { PARLEY_ADMIN_TOKEN: ADMIN_TOKEN, PARLEY_API_RATE_BURST: "100000", ...options.env };
  const parley = await openInstallation({ worker: false, ...options, env });
  const vault = configuredVault(parley.config);
  const call = async (
    route: string,
    { body, key = ADMIN_TOKEN, headers = {} }: ApiCall = {},
  ): Promise<ApiAnswer> => {
    const [method = "", path = ""] = route.split(" ");
    const response = await fetch(parley.url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(text) as Record<string, never>,
    };
  };
  return {
    ...parley,
    vault,
    call,
    keyFor: (tenantId: string, scopes?: Scope[]) => keyFor(parley.db, vault, tenantId, scopes),
  };
}

export type OpenApi = Awaited<ReturnType<typeof openApi>>;

/** A key of a tenant, which is made where it is not there yet. */
async function keyFor(
  db: Database,
  vault: ReturnType<typeof configuredVault>,
  tenantId: string,
  scopes: Scope[] = [...SCOPES],
): Promise<string> {
  await upsertTenant(db, { id: tenantId, businessName: tenantId, dailyBudgetUsd: 50 });
  const { key } = await createApiKey(db, vault, { tenantId, name: randomUUID(), scopes });
  return key;
}
