ALTER TABLE "event_deliveries" ADD COLUMN "earlier_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "event_deliveries" ADD COLUMN "workflow_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "event_endpoints" ADD COLUMN "failing_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "event_endpoints" ADD COLUMN "throttled_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "event_deliveries_waiting" ON "event_deliveries" USING btree ("next_attempt_at") WHERE "event_deliveries"."state" = 'pending' AND "event_deliveries"."workflow_at" IS NULL;--> statement-breakpoint
CREATE INDEX "events_age" ON "events" USING btree ("created_at");