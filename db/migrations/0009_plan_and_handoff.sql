ALTER TABLE "conversations" ADD COLUMN "handoff_timeout_s" integer;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "planned_at" timestamp with time zone;--> statement-breakpoint
-- Plans of the turns under way, as the version before knew them.
UPDATE "turns" SET "planned_at" = "opened_at" WHERE "state" = 'open' AND ("notice" IS NOT NULL OR "silence_reason" IS NOT NULL OR "reserved_usd" > 0);
