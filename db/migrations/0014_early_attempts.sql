CREATE TABLE "account_outages" (
	"channel" text NOT NULL,
	"account_id" text NOT NULL,
	"failing_since" timestamp with time zone DEFAULT now() NOT NULL,
	"recovered_at" timestamp with time zone,
	CONSTRAINT "account_outages_channel_account_id_pk" PRIMARY KEY("channel","account_id")
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "early_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "last_early_attempt" integer;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "not_before" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD COLUMN "not_before" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deliveries_waiting" ON "deliveries" USING btree ("tenant_id","next_attempt_at") WHERE "deliveries"."state" = 'intended' AND "deliveries"."next_attempt_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "deliveries_early" ON "deliveries" USING btree ("next_attempt_at","id") WHERE "deliveries"."state" = 'intended' AND "deliveries"."last_early_attempt" > "deliveries"."attempt";