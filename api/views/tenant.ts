import { z } from "zod";
import type { TenantRow } from "../../db/tenants/tenants.ts";
import { SUPERSEDE } from "../../infra/runtime/config/field-rules.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: z.string(),
    business_name: z.string(),
    daily_budget_usd: z.number(),
    supersede: SUPERSEDE.meta({
      description: "The treatment of a reply when a newer message arrives before it is sent.",
    }),
    paused_at: TIMESTAMP.nullable().meta({
      description: "Set while the assistant sends nothing in the tenant's name.",
    }),
    created_at: TIMESTAMP,
  })
  .meta({ id: "Tenant" });

export const TENANT = defineView(SCHEMA, {
  id: "acme",
  business_name: "Acme Bikes",
  daily_budget_usd: 50,
  supersede: "answer_then_continue",
  paused_at: null,
  created_at: EXAMPLE_TIMESTAMP,
});

export function formatTenant(row: TenantRow): Shape<typeof TENANT> {
  return {
    id: row.id,
    business_name: row.businessName,
    daily_budget_usd: row.dailyBudgetUsd,
    supersede: row.supersede,
    paused_at: timestampOrNull(row.pausedAt),
    created_at: timestamp(row.createdAt),
  };
}
