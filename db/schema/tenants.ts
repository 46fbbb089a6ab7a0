import { sql } from "drizzle-orm";
import {
  bigint,
  date,
  jsonb,
  numeric,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
} from "drizzle-orm/pg-core";
import type { AccountSettings } from "../tenants/channel-account.ts";
import { bytea, createdAt, share, timestamp, usd } from "./columns.ts";

export const tenants = pgTable("tenants", {
  id: text("id").primaryKey(),
  businessName: text("business_name").notNull(),
  dailyBudgetUsd: usd("daily_budget_usd").notNull(),
  /** The handling of a reply when a newer message arrives before it is sent. */
  supersede: text("supersede", { enum: ["answer_then_continue", "regenerate"] })
    .notNull()
    .default("answer_then_continue"),
  /** The part of the daily budget that anonymous web visitors of one account may spend together, and those of one network. */
  visitorBudgetShare: share("visitor_budget_share").notNull().default(0.5),
  networkBudgetShare: share("network_budget_share").notNull().default(0.1),
  /** The part of each budget that causes an alert. */
  budgetAlertShare: share("budget_alert_share").notNull().default(0.8),
  /** Hosts, URLs, addresses and numbers that a reply may contain although no passage names them. */
  allowedLinks: text("allowed_links")
    .array()
    .notNull()
    .default(sql`'{}'`),
  /** The country of phone numbers without a country code: two letters of ISO 3166. */
  phoneRegion: text("phone_region"),
  /** Set while the tenant must not send anything. */
  pausedAt: timestamp("paused_at"),
  /** Keyed hashes of the environment's description at the last `migrate`: see `db/tenants/seed.ts`. Null for a tenant of the API. */
  environment: jsonb("environment").$type<Record<string, string>>(),
  createdAt: createdAt(),
});

export const channelAccounts = pgTable(
  "channel_accounts",
  {
    channel: text("channel").notNull(),
    id: text("id").notNull(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id),
    address: text("address").notNull(),
    externalId: text("external_id"),
    secrets: bytea("secrets").notNull(),
    /** Set when the vendor reports that this account or endpoint is gone. Nothing is sent until an operator enables it. */
    disabledAt: timestamp("disabled_at"),
    settings: jsonb("settings").$type<AccountSettings>().notNull().default({}),
    /** Set while an operator has paused the account. */
    pausedAt: timestamp("paused_at"),
    /** As for tenants. */
    environment: jsonb("environment").$type<Record<string, string>>(),
    createdAt: createdAt(),
    /** A random number. A trigger replaces it with each change of the row. */
    version: bigint("version", { mode: "number" })
      .notNull()
      .default(sql`random_version()`),
  },
  (t) => [primaryKey({ columns: [t.channel, t.id] })],
);

/**
 * Money per tenant and UTC day: the days whose slots were folded, and the alerts. The use of a day is the sum of this row and its slots,
 * as in the view `budget_use`.
 */
export const budgets = pgTable(
  "budgets",
  {
    tenantId: text("tenant_id").notNull(),
    day: date("day").notNull(),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    spentUsd: usd("spent_usd").notNull().default(0),
    alertedAt: timestamp("alerted_at"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.day] })],
);

/** The same for the shares of anonymous web visitors (`db/tenants/visitor-budgets.ts`), and for the embeddings of documents. */
export const budgetShares = pgTable(
  "budget_shares",
  {
    tenantId: text("tenant_id").notNull(),
    day: date("day").notNull(),
    scope: text("scope").notNull(),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    spentUsd: usd("spent_usd").notNull().default(0),
    alertedAt: timestamp("alerted_at"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.day, t.scope] })],
);

/**
 * What turns have reserved and spent, in several rows for each budget, so that the turns of a tenant do not wait for each other: see
 * `db/tenants/budgets.ts`. Open turns hold `reserved`, which becomes `spent` when their reply is recorded.
 */
export const budgetSlots = pgTable(
  "budget_slots",
  {
    // First in the key: past days are found and folded by it.
    day: date("day").notNull(),
    tenantId: text("tenant_id").notNull(),
    /** Empty for the budget of the tenant, else that of a share. */
    scope: text("scope").notNull(),
    slot: smallint("slot").notNull(),
    reservedUsd: usd("reserved_usd").notNull().default(0),
    spentUsd: usd("spent_usd").notNull().default(0),
    /** The slot may be used up to this without a look at the others. */
    grantedUsd: usd("granted_usd").notNull().default(0),
    /** The limit and the level of the alert under which `granted_usd` was granted. With others it counts as nothing. */
    limitUsd: usd("limit_usd"),
    alertUsd: usd("alert_usd"),
  },
  (t) => [primaryKey({ columns: [t.day, t.tenantId, t.scope, t.slot] })],
);

/** The use of each budget and share on each day. */
export const budgetUse = pgView("budget_use", {
  tenantId: text("tenant_id").notNull(),
  day: date("day").notNull(),
  scope: text("scope").notNull(),
  reservedUsd: numeric("reserved_usd", { mode: "number" }).notNull(),
  spentUsd: numeric("spent_usd", { mode: "number" }).notNull(),
  alertedAt: timestamp("alerted_at"),
}).existing();
