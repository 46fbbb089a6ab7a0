ALTER TABLE "inbox" ADD COLUMN "cut_characters" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "message_changes" ADD COLUMN "cut_characters" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "reserved_on" date;--> statement-breakpoint
-- A month is added to the first of a month. In another time zone than UTC that ends at another hour, and the partitions leave a gap.
ALTER FUNCTION ensure_message_partitions(integer) SET timezone = 'UTC';
