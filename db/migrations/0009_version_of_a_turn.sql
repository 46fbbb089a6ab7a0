ALTER TABLE "turns" ADD COLUMN "version" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" DROP COLUMN "reply";