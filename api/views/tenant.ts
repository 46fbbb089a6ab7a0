import { z } from "zod";
import type { TenantRow } from "../../db/tenants/tenants.ts";
import { ALLOWED_LINKS, PHONE_REGION, SUPERSEDE } from "../../infra/runtime/config/field-rules.ts";
import { EXAMPLE_TIMESTAMP, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

const SCHEMA = z
  .object({
    id: z.string(),
    business_name: z.string(),
    daily_budget_usd: z.number(),
    visitor_budget_share: z.number().meta({
      description:
        "The part of the daily budget (0 to 1) that the anonymous web visitors of an account may spend together. Over it they get a fixed text.",
    }),
    network_budget_share: z.number().meta({
      description: "The same for the anonymous visitors of one network (IPv4 address or IPv6 /64).",
    }),
    budget_alert_share: z
      .number()
      .meta({ description: "The part of each of these budgets that causes the event `budget.alert`." }),
    supersede: SUPERSEDE.meta({
      description: "The treatment of a reply when a newer message arrives before it is sent.",
    }),
    allowed_links: ALLOWED_LINKS,
    phone_region: PHONE_REGION.nullable(),
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
  visitor_budget_share: 0.5,
  network_budget_share: 0.1,
  budget_alert_share: 0.8,
  supersede: "answer_then_continue",
  allowed_links: ["shop.example", "help@shop.example"],
  phone_region: "DE",
  paused_at: null,
  created_at: EXAMPLE_TIMESTAMP,
});

export function formatTenant(row: TenantRow): Shape<typeof TENANT> {
  return {
    id: row.id,
    business_name: row.businessName,
    daily_budget_usd: row.dailyBudgetUsd,
    visitor_budget_share: row.visitorBudgetShare,
    network_budget_share: row.networkBudgetShare,
    budget_alert_share: row.budgetAlertShare,
    supersede: row.supersede,
    allowed_links: row.allowedLinks,
    phone_region: row.phoneRegion,
    paused_at: timestampOrNull(row.pausedAt),
    created_at: timestamp(row.createdAt),
  };
}
