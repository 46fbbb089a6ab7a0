CREATE TABLE "ignored_items" (
	"tenant_id" text NOT NULL,
	"channel" text NOT NULL,
	"account_id" text NOT NULL,
	"what" text NOT NULL,
	"day" date NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "ignored_items_tenant_id_channel_account_id_what_day_pk" PRIMARY KEY("tenant_id","channel","account_id","what","day")
);
--> statement-breakpoint
CREATE TABLE "message_changes" (
	"channel" text NOT NULL,
	"account_id" text NOT NULL,
	"change_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"conversation_id" uuid NOT NULL,
	"target_message_id" text NOT NULL,
	"kind" text NOT NULL,
	"body" "bytea" NOT NULL,
	"provider_time" timestamp with time zone,
	"received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "message_changes_channel_account_id_change_id_pk" PRIMARY KEY("channel","account_id","change_id")
);
--> statement-breakpoint
CREATE TABLE "receipts" (
	"channel" text NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"state" text NOT NULL,
	"tenant_id" text NOT NULL,
	"code" text,
	"provider_time" timestamp with time zone,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "receipts_channel_account_id_provider_id_state_pk" PRIMARY KEY("channel","account_id","provider_id","state")
);
--> statement-breakpoint
CREATE TABLE "contact_aliases" (
	"tenant_id" text NOT NULL,
	"channel" text NOT NULL,
	"address_hash" "bytea" NOT NULL,
	"contact_id" uuid NOT NULL,
	"address" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contact_aliases_tenant_id_channel_address_hash_pk" PRIMARY KEY("tenant_id","channel","address_hash")
);
--> statement-breakpoint
ALTER TABLE "conversations" DROP CONSTRAINT "conversations_people";--> statement-breakpoint
ALTER TABLE "channel_accounts" ADD COLUMN "settings" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "channel_accounts" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "thread" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "last_inbound_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "claimed_by" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "claimed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "pause_reason" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "accepted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "receipt" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "receipt_code" text;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "provider_sequence" bigint;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "keyword" text;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "late" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "media" "bytea";--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "supersede" text DEFAULT 'answer_then_continue' NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "outcome" text;--> statement-breakpoint
CREATE INDEX "message_changes_conversation" ON "message_changes" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "contact_aliases_contact" ON "contact_aliases" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "contacts_by_tenant" ON "contacts" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "conversations_contact" ON "conversations" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "conversations_by_tenant" ON "conversations" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "deliveries_provider" ON "deliveries" USING btree ("provider_id");--> statement-breakpoint
CREATE INDEX "deliveries_by_conversation" ON "deliveries" USING btree ("conversation_id","accepted_at");--> statement-breakpoint
CREATE INDEX "turns_by_conversation" ON "turns" USING btree ("conversation_id","opened_at");--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_people" UNIQUE("tenant_id","channel","account_id","contact_id","thread");