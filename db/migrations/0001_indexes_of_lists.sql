CREATE INDEX CONCURRENTLY "conversations_paused" ON "conversations" USING btree ("tenant_id","created_at","id") WHERE "conversations"."paused_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "conversations_with_agent" ON "conversations" USING btree ("tenant_id","created_at","id") WHERE "conversations"."taken_over_by" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "inbox_by_time" ON "inbox" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_on_the_way" ON "deliveries" USING btree ("conversation_id") WHERE "deliveries"."state" IN ('intended', 'sending');--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_unread" ON "deliveries" USING btree ("conversation_id") WHERE "deliveries"."state" = 'accepted' AND "deliveries"."receipt" IS DISTINCT FROM 'read';--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_unsent" ON "deliveries" USING btree ("tenant_id","state","updated_at","id") WHERE "deliveries"."state" IN ('refused', 'unknown');--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_failed" ON "deliveries" USING btree ("tenant_id","updated_at","id") WHERE "deliveries"."receipt" = 'failed';--> statement-breakpoint
CREATE INDEX CONCURRENTLY "event_deliveries_undelivered" ON "event_deliveries" USING btree ("endpoint_id","state","updated_at","event_id") WHERE "event_deliveries"."state" <> 'delivered';--> statement-breakpoint
CREATE INDEX CONCURRENTLY "turns_by_time" ON "turns" USING btree ("opened_at");--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "inbox_received";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "turns_opened";
