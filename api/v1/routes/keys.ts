import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SCOPES } from "../../../db/tenants/api-keys.ts";
import { KEY_NAME } from "../../../infra/runtime/config/field-rules.ts";
import type { Using } from "../../operations/operation-context.ts";
import { createKey, listKeys, revokeKey } from "../../operations/keys.ts";
import { ID } from "../../views/fields.ts";
import { formatKey, formatNewKey, KEY, NEW_KEY } from "../../views/key.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";
import { TENANT_PARAMS } from "./tenants.ts";

const KEY_PARAMS = z.object({ key_id: ID });
const CREATE = z.strictObject({
  name: KEY_NAME,
  scopes: z
    .array(z.enum(SCOPES, { error: `must be of ${SCOPES.join(", ")}` }))
    .min(1, "must name at least one scope"),
  expires_at: z.iso
    .datetime({ offset: true, error: "must be a time such as 2027-01-31T00:00:00Z" })
    .optional()
    .meta({ description: "The end of the key. Absent: it is valid until it is revoked." }),
});
const NEW_KEY_EXAMPLE: z.input<typeof CREATE> = { name: "crm", scopes: ["contacts:read"] };

const list = {
  method: "GET",
  query: z.object(pageQuery()),
  response: { status: 200, description: "Without the keys themselves", ...pageView(KEY) },
} as const;
const create = {
  method: "POST",
  body: CREATE,
  bodyExample: NEW_KEY_EXAMPLE,
  response: { status: 201, description: "The key, shown once", ...NEW_KEY },
} as const;
const revoke = {
  method: "DELETE",
  description: "Every process stops accepting it within 10 seconds.",
  response: { status: 200, description: "The revoked key", ...KEY },
} as const;

/** `/v1/keys`: a tenant's own keys. */
export function registerKeys(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { authenticator } = dependencies;
  const own = { tag: "keys", access: "keys:write" } as const;

  addRoute(app, dependencies, {
    ...list,
    ...own,
    path: "/keys",
    operationId: "listKeys",
    summary: "The tenant's API keys, newest first, with revoked keys",
    handle: async ({ tenantId, query, context }) =>
      formatPage(await listKeys(context, { tenantId, page: pageRequest(query) }), formatKey),
  });

  addRoute(app, dependencies, {
    ...create,
    ...own,
    path: "/keys",
    operationId: "createKey",
    summary: "Creates an API key",
    description:
      "A key can only grant scopes that it has itself, and not for longer than it is valid itself.",
    handle: async ({ tenantId, caller, body, context }) =>
      formatNewKey(await createKey(context, { tenantId, ...toNewKey(body), grantedBy: caller })),
  });

  addRoute(app, dependencies, {
    ...revoke,
    ...own,
    path: "/keys/:key_id",
    operationId: "revokeKey",
    summary: "Revokes an API key",
    params: KEY_PARAMS,
    handle: async ({ tenantId, params, context }) =>
      await revokeAndForget({ ...context, authenticator }, tenantId, params.key_id),
  });
}

/** `/v1/tenants/{tenant_id}/keys`: how a tenant gets its first key. */
export function registerTenantKeys(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { authenticator } = dependencies;
  const installation = { tag: "installation", access: "installation", params: TENANT_PARAMS } as const;

  addRoute(app, dependencies, {
    ...list,
    ...installation,
    path: "/tenants/:tenant_id/keys",
    operationId: "listTenantKeys",
    summary: "A tenant's API keys, newest first, with revoked keys",
    async handle({ params, query, context }) {
      const input = { tenantId: params.tenant_id, page: pageRequest(query) };
      return formatPage(await listKeys(context, input), formatKey);
    },
  });

  addRoute(app, dependencies, {
    ...create,
    ...installation,
    path: "/tenants/:tenant_id/keys",
    operationId: "createTenantKey",
    summary: "Creates an API key for a tenant",
    handle: async ({ params, body, context }) =>
      formatNewKey(
        await createKey(context, { tenantId: params.tenant_id, ...toNewKey(body), grantedBy: null }),
      ),
  });

  addRoute(app, dependencies, {
    ...revoke,
    ...installation,
    path: "/tenants/:tenant_id/keys/:key_id",
    operationId: "revokeTenantKey",
    summary: "Revokes a tenant's API key",
    params: TENANT_PARAMS.extend(KEY_PARAMS.shape),
    handle: async ({ params, context }) =>
      await revokeAndForget({ ...context, authenticator }, params.tenant_id, params.key_id),
  });
}

function toNewKey({ name, scopes, expires_at }: z.output<typeof CREATE>) {
  return { name, scopes, expiresAt: expires_at === undefined ? null : new Date(expires_at) };
}

async function revokeAndForget(
  { db, authenticator }: Pick<V1Dependencies, "authenticator"> & Using<"db">,
  tenantId: string,
  id: string,
) {
  const revoked = await revokeKey({ db }, { tenantId, id });
  // Other processes learn it within seconds.
  await authenticator.forgetRevoked();
  return formatKey(revoked);
}
