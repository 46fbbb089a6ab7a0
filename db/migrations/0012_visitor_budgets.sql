CREATE TABLE "budget_shares" (
	"tenant_id" text NOT NULL,
	"day" date NOT NULL,
	"scope" text NOT NULL,
	"reserved_usd" numeric(14, 8) DEFAULT 0 NOT NULL,
	"spent_usd" numeric(14, 8) DEFAULT 0 NOT NULL,
	"alerted_at" timestamp with time zone,
	CONSTRAINT "budget_shares_tenant_id_day_scope_pk" PRIMARY KEY("tenant_id","day","scope")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "visitor_network" text;--> statement-breakpoint
ALTER TABLE "budgets" ADD COLUMN "alerted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "visitor_budget_share" numeric(5, 4) DEFAULT 0.5 NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "network_budget_share" numeric(5, 4) DEFAULT 0.1 NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "budget_alert_share" numeric(5, 4) DEFAULT 0.8 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "visitor_network" text;