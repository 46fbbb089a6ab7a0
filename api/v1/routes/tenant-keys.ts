import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { createApiKey, listApiKeys, revokeApiKey } from "../../../db/tenants/api-keys.ts";
import { findTenantRow } from "../../../db/tenants/tenants.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import {
  KEY,
  KEY_EXAMPLE,
  KEY_PARAMS,
  KEY_WITH_SECRET,
  KEY_WITH_SECRET_EXAMPLE,
  NEW_KEY,
  NEW_KEY_EXAMPLE,
  formatKey,
} from "./keys.ts";
import { TENANT_PARAMS } from "./tenants.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const common = { tag: "installation", access: "installation" } as const;

/** `/v1/tenants/{id}/keys`: how a tenant gets its first key. */
export function registerTenantKeys(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, authenticator } = dependencies;

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/tenants/:tenant_id/keys",
    operationId: "listTenantKeys",
    summary: "A tenant's API keys, newest first, revoked ones too",
    params: TENANT_PARAMS,
    query: z.object(pageQuery()),
    response: {
      status: 200,
      description: "Without the keys themselves",
      schema: pageSchema(KEY),
      example: { data: [KEY_EXAMPLE], next_cursor: null },
    },
    async handle({ params, query }) {
      await requireTenant(params.tenant_id);
      return formatPage(await listApiKeys(db, params.tenant_id, pageRequest(query)), formatKey);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "POST",
    path: "/tenants/:tenant_id/keys",
    operationId: "createTenantKey",
    summary: "Makes an API key for a tenant",
    params: TENANT_PARAMS,
    body: NEW_KEY,
    bodyExample: NEW_KEY_EXAMPLE,
    response: {
      status: 201,
      description: "The key, shown once",
      schema: KEY_WITH_SECRET,
      example: KEY_WITH_SECRET_EXAMPLE,
    },
    async handle({ params, body }) {
      await requireTenant(params.tenant_id);
      const made = await createApiKey(db, vault, { tenantId: params.tenant_id, ...body });
      return { ...formatKey(made), key: made.key };
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "DELETE",
    path: "/tenants/:tenant_id/keys/:key_id",
    operationId: "revokeTenantKey",
    summary: "Revokes a tenant's API key",
    description: "It stops working within 10 seconds everywhere.",
    params: TENANT_PARAMS.extend(KEY_PARAMS.shape),
    response: { status: 200, description: "The revoked key", schema: KEY, example: KEY_EXAMPLE },
    async handle({ params }) {
      const revoked = await revokeApiKey(db, params.tenant_id, params.key_id);
      if (revoked === null) throw new Problem("not_found", "The tenant has no such key.");
      authenticator.clearCache();
      return formatKey(revoked);
    },
  });

  async function requireTenant(tenantId: string): Promise<void> {
    if ((await findTenantRow(db, tenantId)) === null)
      throw new Problem("not_found", "There is no such tenant.");
  }
}
