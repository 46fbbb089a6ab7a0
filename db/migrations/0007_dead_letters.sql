CREATE TABLE "unstored_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"channel" text NOT NULL,
	"account_id" text NOT NULL,
	"provider_message_id" text NOT NULL,
	"carried" "bytea" NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"replayed_at" timestamp with time zone,
	CONSTRAINT "unstored_messages_key" UNIQUE("channel","account_id","provider_message_id")
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "earlier_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "outcome_reason" text;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "replayed_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "unstored_messages_waiting" ON "unstored_messages" USING btree ("tenant_id","created_at") WHERE "unstored_messages"."replayed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "event_deliveries_given_up" ON "event_deliveries" USING btree ("tenant_id","updated_at") WHERE "event_deliveries"."state" = 'failed';--> statement-breakpoint
CREATE INDEX "turns_in_trouble" ON "turns" USING btree ("tenant_id","closed_at") WHERE "turns"."outcome" = 'failed' OR ("turns"."outcome" = 'answered' AND "turns"."outcome_reason" IS NOT NULL) OR "turns"."replayed_at" IS NOT NULL;