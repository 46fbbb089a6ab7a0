import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  SCOPES,
} from "../../../db/tenants/api-keys.ts";
import { KEY_NAME } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import {
  EXAMPLE_ID,
  EXAMPLE_TIMESTAMP,
  ID,
  TIMESTAMP,
  timestamp,
  timestampOrNull,
} from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

export const KEY = z
  .object({
    id: ID,
    tenant_id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: TIMESTAMP,
    last_used_at: TIMESTAMP.nullable(),
    revoked_at: TIMESTAMP.nullable(),
  })
  .meta({ id: "ApiKey" });

export const NEW_KEY = z.strictObject({
  name: KEY_NAME,
  scopes: z
    .array(z.enum(SCOPES, { error: `must be of ${SCOPES.join(", ")}` }))
    .min(1, "must name at least one scope"),
});

export const KEY_WITH_SECRET = KEY.extend({
  key: z.string().meta({ description: "The key itself. It is shown here and never again." }),
}).meta({ id: "NewApiKey" });

export const KEY_EXAMPLE = {
  id: EXAMPLE_ID,
  tenant_id: "acme",
  name: "crm",
  scopes: ["contacts:read" as const],
  created_at: EXAMPLE_TIMESTAMP,
  last_used_at: null,
  revoked_at: null,
};

export const NEW_KEY_EXAMPLE = { name: "crm", scopes: ["contacts:read" as const] };
export const KEY_WITH_SECRET_EXAMPLE = {
  ...KEY_EXAMPLE,
  key: "parley_x3Jc0V1nq8mYk5sZ2tUeB7wRdLhGfA9oPiQyKjMvNCg",
};
export const KEY_PARAMS = z.object({ key_id: ID });

/** `/v1/keys`: a tenant's own keys. */
export function registerKeys(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, authenticator } = dependencies;

  addRoute(app, dependencies, {
    method: "GET",
    path: "/keys",
    operationId: "listKeys",
    summary: "The tenant's API keys, newest first, revoked ones too",
    tag: "keys",
    access: "keys:write",
    query: z.object(pageQuery()),
    response: {
      status: 200,
      description: "Without the keys themselves",
      schema: pageSchema(KEY),
      example: { data: [KEY_EXAMPLE], next_cursor: null },
    },
    handle: async ({ tenantId, query }) =>
      formatPage(await listApiKeys(db, tenantId, pageRequest(query)), formatKey),
  });

  addRoute(app, dependencies, {
    method: "POST",
    path: "/keys",
    operationId: "createKey",
    summary: "Makes an API key",
    description: "A key hands on only scopes that it has itself.",
    tag: "keys",
    access: "keys:write",
    body: NEW_KEY,
    bodyExample: NEW_KEY_EXAMPLE,
    response: {
      status: 201,
      description: "The key, shown once",
      schema: KEY_WITH_SECRET,
      example: KEY_WITH_SECRET_EXAMPLE,
    },
    async handle({ tenantId, caller, body }) {
      const missing = body.scopes.filter((scope) => !caller.scopes.includes(scope));
      if (missing.length > 0)
        throw new Problem("scope_missing", `Your own key does not have ${missing.join(", ")}.`);
      const made = await createApiKey(db, vault, { tenantId, ...body });
      return { ...formatKey(made), key: made.key };
    },
  });

  addRoute(app, dependencies, {
    method: "DELETE",
    path: "/keys/:key_id",
    operationId: "revokeKey",
    summary: "Revokes an API key",
    description: "It stops working within 10 seconds everywhere.",
    tag: "keys",
    access: "keys:write",
    params: KEY_PARAMS,
    response: { status: 200, description: "The revoked key", schema: KEY, example: KEY_EXAMPLE },
    async handle({ tenantId, params }) {
      const revoked = await revokeApiKey(db, tenantId, params.key_id);
      if (revoked === null) throw new Problem("not_found", "The tenant has no such key.");
      authenticator.clearCache();
      return formatKey(revoked);
    },
  });
}

export function formatKey(key: ApiKey): z.input<typeof KEY> {
  return {
    id: key.id,
    tenant_id: key.tenantId,
    name: key.name,
    scopes: key.scopes.filter((word) => SCOPES.some((scope) => scope === word)) as z.input<
      typeof KEY
    >["scopes"],
    created_at: timestamp(key.createdAt),
    last_used_at: timestampOrNull(key.lastUsedAt),
    revoked_at: timestampOrNull(key.revokedAt),
  };
}
