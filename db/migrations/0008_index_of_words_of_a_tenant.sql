CREATE INDEX CONCURRENTLY "chunks_words" ON "chunks" USING gin (tenant_words("tenant_id", "search")) WITH (fastupdate=false);--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "chunks_search";