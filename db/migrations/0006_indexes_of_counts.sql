-- Each index is dropped first: an interrupted CONCURRENTLY leaves an invalid index behind.
DROP INDEX CONCURRENTLY IF EXISTS "inbox_received";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "inbox_received" ON "inbox" USING brin ("received_at") WITH (autosummarize=true);--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "turns_opened";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "turns_opened" ON "turns" USING brin ("opened_at") WITH (autosummarize=true);--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "turns_poisoned";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "turns_poisoned" ON "turns" USING btree ("closed_at") WHERE "turns"."outcome" = 'failed' AND "turns"."build" IS NOT NULL;
