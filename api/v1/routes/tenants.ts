import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { setTenantPaused } from "../../../db/conversations/takeover.ts";
import {
  createTenant,
  findTenantRow,
  listTenants,
  type TenantRow,
  updateTenant,
} from "../../../db/tenants/tenants.ts";
import {
  BUSINESS_NAME,
  DAILY_BUDGET,
  SUPERSEDE,
  TENANT_ID,
} from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { OWN_CHANGE, formatTenant, TENANT, TENANT_EXAMPLE, toTenantChange } from "../../views/tenant.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const RESPONSE = { status: 200, description: "The tenant", schema: TENANT, example: TENANT_EXAMPLE } as const;
const common = { tag: "installation", access: "installation" } as const;

export const TENANT_PARAMS = z.object({ tenant_id: TENANT_ID });
const NEW_TENANT = z.strictObject({
  id: TENANT_ID,
  business_name: BUSINESS_NAME,
  daily_budget_usd: DAILY_BUDGET.default(50),
  supersede: SUPERSEDE.optional(),
});

/** `/v1/tenants`: for the installation's admin token alone. */
export function registerTenants(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db } = dependencies;

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/tenants",
    operationId: "listTenants",
    summary: "All tenants, newest first",
    query: z.object(pageQuery(TENANT_ID)),
    response: {
      status: 200,
      description: "A page of tenants",
      schema: pageSchema(TENANT),
      example: { data: [TENANT_EXAMPLE], next_cursor: null },
    },
    handle: async ({ query }) => formatPage(await listTenants(db, pageRequest(query)), formatTenant),
  });

  addRoute(app, dependencies, {
    ...common,
    method: "POST",
    path: "/tenants",
    operationId: "createTenant",
    summary: "Makes a tenant",
    body: NEW_TENANT,
    bodyExample: { id: "acme", business_name: "Acme Bikes" },
    response: { ...RESPONSE, status: 201 },
    problems: ["already_exists"],
    async handle({ body }) {
      const { id, business_name: businessName, daily_budget_usd: dailyBudgetUsd } = body;
      const made = await createTenant(db, { id, businessName, dailyBudgetUsd, ...toTenantChange(body) });
      if (made === null) throw new Problem("already_exists", `There is a tenant "${id}" already.`);
      return formatTenant(made);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/tenants/:tenant_id",
    operationId: "getTenant",
    summary: "One tenant",
    params: TENANT_PARAMS,
    response: RESPONSE,
    handle: async ({ params }) => formatFound(await findTenantRow(db, params.tenant_id)),
  });

  addRoute(app, dependencies, {
    ...common,
    method: "PATCH",
    path: "/tenants/:tenant_id",
    operationId: "updateTenant",
    summary: "Changes name, budget or supersede policy of a tenant",
    params: TENANT_PARAMS,
    body: OWN_CHANGE.extend({ daily_budget_usd: DAILY_BUDGET.optional() }),
    bodyExample: { daily_budget_usd: 20 },
    response: RESPONSE,
    handle: async ({ params, body }) =>
      formatFound(await updateTenant(db, params.tenant_id, toTenantChange(body))),
  });

  for (const [action, paused] of [["pause", true] as const, ["resume", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      method: "POST",
      path: `/tenants/:tenant_id/${action}`,
      operationId: `${action}Tenant`,
      summary: paused ? "Nothing is sent in this tenant's name any more" : "Ends a tenant's pause",
      params: TENANT_PARAMS,
      response: RESPONSE,
      async handle({ params }) {
        await setTenantPaused(db, params.tenant_id, paused);
        return formatFound(await findTenantRow(db, params.tenant_id));
      },
    });
  }
}

function formatFound(row: TenantRow | null) {
  if (row === null) throw new Problem("not_found", "There is no such tenant.");
  return formatTenant(row);
}
