import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { TenantChange } from "../../../db/tenants/tenants.ts";
import {
  BUSINESS_NAME,
  DAILY_BUDGET,
  BUDGET_SHARE,
  ALLOWED_LINKS,
  PHONE_REGION,
  SUPERSEDE,
  TENANT_ID,
} from "../../../infra/runtime/config/field-rules.ts";
import {
  createTenant,
  DEFAULT_DAILY_BUDGET_USD,
  getTenant,
  listTenants,
  pauseTenant,
  resumeTenant,
  updateTenant,
} from "../../operations/tenants.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { formatTenant, TENANT } from "../../views/tenant.ts";
import { addRoute } from "../http/add-route.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

export const TENANT_PARAMS = z.object({ tenant_id: TENANT_ID });
/** A tenant cannot change its own budget. */
const OWN_CHANGE = z.strictObject({
  business_name: BUSINESS_NAME.optional(),
  supersede: SUPERSEDE.optional(),
  visitor_budget_share: BUDGET_SHARE.optional(),
  network_budget_share: BUDGET_SHARE.optional(),
  budget_alert_share: BUDGET_SHARE.optional(),
  allowed_links: ALLOWED_LINKS.optional(),
  phone_region: PHONE_REGION.nullable().optional(),
});
const CHANGE = OWN_CHANGE.extend({ daily_budget_usd: DAILY_BUDGET.optional() });
const CREATE = z.strictObject({
  id: TENANT_ID,
  business_name: BUSINESS_NAME,
  daily_budget_usd: DAILY_BUDGET.default(DEFAULT_DAILY_BUDGET_USD),
  supersede: SUPERSEDE.optional(),
});

const response = { status: 200, description: "The tenant", ...TENANT } as const;
const installation = { tag: "installation", access: "installation" } as const;
const own = { tag: "tenant", response } as const;

/** `/v1/tenants`: for the installation's admin token only. */
export function registerTenants(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...installation,
    method: "GET",
    path: "/tenants",
    operationId: "listTenants",
    summary: "All tenants, newest first",
    query: z.object(pageQuery(TENANT_ID)),
    response: { status: 200, description: "A page of tenants", ...pageView(TENANT) },
    handle: async ({ query, context }) =>
      formatPage(await listTenants(context, pageRequest(query)), formatTenant),
  });

  addRoute(app, dependencies, {
    ...installation,
    method: "POST",
    path: "/tenants",
    operationId: "createTenant",
    summary: "Creates a tenant",
    body: CREATE,
    bodyExample: { id: "acme", business_name: "Acme Bikes" },
    response: { ...response, status: 201 },
    problems: ["already_exists"],
    async handle({ body, context }) {
      const tenant = { tenantId: body.id, ...toChange(body), businessName: body.business_name };
      return formatTenant(await createTenant(context, tenant));
    },
  });
}

/** `/v1/tenants/{tenant_id}`: for the installation's admin token only. */
export function registerTenant(app: FastifyInstance, dependencies: V1Dependencies): void {
  const one = { ...installation, path: "/tenants/:tenant_id", params: TENANT_PARAMS, response };

  addRoute(app, dependencies, {
    ...one,
    method: "GET",
    operationId: "getTenant",
    summary: "One tenant",
    handle: async ({ params, context }) =>
      formatTenant(await getTenant(context, { tenantId: params.tenant_id })),
  });

  addRoute(app, dependencies, {
    ...one,
    method: "PATCH",
    operationId: "updateTenant",
    summary: "Changes the name, the budget or the supersede policy of a tenant",
    body: CHANGE,
    bodyExample: { daily_budget_usd: 20 },
    async handle({ params, body, context }) {
      const input = { tenantId: params.tenant_id, change: toChange(body) };
      return formatTenant(await updateTenant(context, input));
    },
  });

  for (const [action, run, summary] of PAUSES) {
    addRoute(app, dependencies, {
      ...one,
      method: "POST",
      // A pause waits after its commit for the sends that are under way.
      isRepeatable: true,
      path: `/tenants/:tenant_id/${action}`,
      operationId: `${action}Tenant`,
      summary,
      handle: async ({ params, context }) => formatTenant(await run(context, { tenantId: params.tenant_id })),
    });
  }
}

/** `/v1/tenant`: the tenant of the key. */
export function registerOwnTenant(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...own,
    method: "GET",
    path: "/tenant",
    operationId: "getOwnTenant",
    summary: "The tenant of this key",
    access: "tenant:read",
    handle: async ({ tenantId, context }) => formatTenant(await getTenant(context, { tenantId })),
  });

  addRoute(app, dependencies, {
    ...own,
    method: "PATCH",
    path: "/tenant",
    operationId: "updateOwnTenant",
    summary: "Changes the tenant of this key",
    access: "tenant:write",
    body: OWN_CHANGE,
    bodyExample: { supersede: "regenerate" },
    handle: async ({ tenantId, body, context }) =>
      formatTenant(await updateTenant(context, { tenantId, change: toChange(body) })),
  });

  for (const [action, run, summary] of PAUSES) {
    addRoute(app, dependencies, {
      ...own,
      method: "POST",
      // A pause waits after its commit for the sends that are under way.
      isRepeatable: true,
      path: `/tenant/${action}`,
      operationId: `${action}OwnTenant`,
      summary,
      access: "tenant:write",
      handle: async ({ tenantId, context }) => formatTenant(await run(context, { tenantId })),
    });
  }
}

const PAUSES = [
  ["pause", pauseTenant, "Stops all sends of the assistant for the tenant"],
  ["resume", resumeTenant, "Ends the pause of the tenant"],
] as const;

function toChange(body: z.output<typeof CHANGE>): TenantChange {
  const { business_name: businessName, daily_budget_usd: dailyBudgetUsd, supersede } = body;
  const settings = {
    visitorBudgetShare: body.visitor_budget_share,
    networkBudgetShare: body.network_budget_share,
    budgetAlertShare: body.budget_alert_share,
    allowedLinks: body.allowed_links,
    phoneRegion: body.phone_region,
  };
  return {
    ...(businessName === undefined ? {} : { businessName }),
    ...(dailyBudgetUsd === undefined ? {} : { dailyBudgetUsd }),
    ...(supersede === undefined ? {} : { supersede }),
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  };
}
