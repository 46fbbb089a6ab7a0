DROP INDEX "event_deliveries_pending";--> statement-breakpoint
DROP INDEX "event_deliveries_waiting";--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD COLUMN "early_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD COLUMN "last_early_attempt" integer;--> statement-breakpoint
ALTER TABLE "event_endpoints" ADD COLUMN "recovered_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "event_deliveries_running" ON "event_deliveries" USING btree ("workflow_at") WHERE "event_deliveries"."state" = 'pending' AND "event_deliveries"."workflow_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "event_endpoints_recovered" ON "event_endpoints" USING btree ("recovered_at") WHERE "event_endpoints"."recovered_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "event_deliveries_waiting" ON "event_deliveries" USING btree ("endpoint_id","next_attempt_at") WHERE "event_deliveries"."state" = 'pending' AND "event_deliveries"."workflow_at" IS NULL;