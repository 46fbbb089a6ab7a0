import { z } from "zod";
import type { TenantRow } from "../../db/tenants/tenants.ts";
import { BUSINESS_NAME, SUPERSEDE } from "../../infra/runtime/config/field-rules.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

export const TENANT = z
  .object({
    id: z.string(),
    business_name: z.string(),
    daily_budget_usd: z.number(),
    supersede: SUPERSEDE.meta({
      description: "What becomes of a reply when a newer message comes in before it is sent.",
    }),
    paused_at: TIMESTAMP.nullable().meta({ description: "Set while nothing is sent in this tenant's name." }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "Tenant" });

export const TENANT_EXAMPLE = {
  id: "acme",
  business_name: "Acme Bikes",
  daily_budget_usd: 50,
  supersede: "answer_then_continue" as const,
  paused_at: null,
  created_at: EXAMPLE_TIMESTAMP,
};

/** What a tenant may change of itself; its budget is the installation's to give. */
export const OWN_CHANGE = z.strictObject({
  business_name: BUSINESS_NAME.optional(),
  supersede: SUPERSEDE.optional(),
});

export function formatTenant(row: TenantRow): z.input<typeof TENANT> {
  return {
    id: row.id,
    business_name: row.businessName,
    daily_budget_usd: row.dailyBudgetUsd,
    supersede: row.supersede,
    paused_at: timestampOrNull(row.pausedAt),
    created_at: timestamp(row.createdAt),
  };
}

export function toTenantChange(body: {
  business_name?: string | undefined;
  daily_budget_usd?: number | undefined;
  supersede?: TenantRow["supersede"] | undefined;
}) {
  return {
    ...(body.business_name === undefined ? {} : { businessName: body.business_name }),
    ...(body.daily_budget_usd === undefined ? {} : { dailyBudgetUsd: body.daily_budget_usd }),
    ...(body.supersede === undefined ? {} : { supersede: body.supersede }),
  };
}
