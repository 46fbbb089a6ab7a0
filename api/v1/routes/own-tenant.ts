import type { FastifyInstance } from "fastify";
import { setTenantPaused } from "../../../db/conversations/takeover.ts";
import { findTenantRow, type TenantRow, updateTenant } from "../../../db/tenants/tenants.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { OWN_CHANGE, formatTenant, TENANT, TENANT_EXAMPLE, toTenantChange } from "../../views/tenant.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const RESPONSE = { status: 200, description: "The tenant", schema: TENANT, example: TENANT_EXAMPLE } as const;
const common = { tag: "tenant", response: RESPONSE } as const;

/** `/v1/tenant`: the tenant of the key. */
export function registerOwnTenant(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db } = dependencies;

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/tenant",
    operationId: "getOwnTenant",
    summary: "The tenant of this key",
    access: "tenant:read",
    handle: async ({ tenantId }) => formatFound(await findTenantRow(db, tenantId)),
  });

  addRoute(app, dependencies, {
    ...common,
    method: "PATCH",
    path: "/tenant",
    operationId: "updateOwnTenant",
    summary: "Changes the tenant of this key",
    access: "tenant:write",
    body: OWN_CHANGE,
    bodyExample: { supersede: "regenerate" },
    handle: async ({ tenantId, body }) => formatFound(await updateTenant(db, tenantId, toTenantChange(body))),
  });

  for (const [action, paused] of [["pause", true] as const, ["resume", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      method: "POST",
      path: `/tenant/${action}`,
      operationId: `${action}OwnTenant`,
      summary: paused ? "Nothing is sent in the tenant's name any more" : "Ends the tenant's pause",
      access: "tenant:write",
      async handle({ tenantId }) {
        await setTenantPaused(db, tenantId, paused);
        return formatFound(await findTenantRow(db, tenantId));
      },
    });
  }
}

function formatFound(row: TenantRow | null) {
  if (row === null) throw new Problem("not_found", "The tenant of this key is not there any more.");
  return formatTenant(row);
}
