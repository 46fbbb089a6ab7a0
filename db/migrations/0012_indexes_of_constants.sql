CREATE INDEX CONCURRENTLY "conversations_idle_owner" ON "conversations" USING btree ("owner_idle_since") WHERE "conversations"."owner_idle_since" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "inbox_waiting_by_conversation" ON "inbox" USING btree ("conversation_id") WHERE "inbox"."turn_id" IS NULL AND "inbox"."reason" IS NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "inbox_waiting_by_wake" ON "inbox" USING btree ("wake_at") WHERE "inbox"."turn_id" IS NULL AND "inbox"."reason" IS NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_scheduled" ON "deliveries" USING btree ("tenant_id","next_attempt_at") WHERE "deliveries"."is_moving" AND "deliveries"."next_attempt_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_brought_forward" ON "deliveries" USING btree ("next_attempt_at","id") WHERE "deliveries"."is_moving" AND "deliveries"."next_attempt_at" IS NOT NULL AND "deliveries"."last_early_attempt" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_stalled" ON "deliveries" USING btree ("failing_account","stalled_since","id") WHERE "deliveries"."stalled_since" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_not_repaired" ON "deliveries" USING btree ("troubled_at") WHERE "deliveries"."trouble" = 'failed' AND "deliveries"."refusal" IS NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_moving" ON "deliveries" USING btree ("conversation_id") WHERE "deliveries"."is_moving";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_not_read" ON "deliveries" USING btree ("conversation_id") WHERE "deliveries"."is_unread";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_of_trouble" ON "deliveries" USING btree ("tenant_id","trouble","troubled_at","id") WHERE "deliveries"."trouble" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "deliveries_in_trouble" ON "deliveries" USING btree ("tenant_id","troubled_at","id") WHERE "deliveries"."trouble" IS NOT NULL;--> statement-breakpoint
CREATE INDEX CONCURRENTLY "turns_running" ON "turns" USING btree ("opened_at","workflow_id") WHERE "turns"."state" = 'open';--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "conversations_turn_owner";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "inbox_workflow";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "inbox_pending_by_conversation";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "inbox_pending_by_wake";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_by_conversation";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_waiting";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_early";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_of_failing_account";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_unrepaired";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_on_the_way";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_unread";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_unsent";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_failed";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "deliveries_troubled";
