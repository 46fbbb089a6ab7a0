ALTER TABLE "api_keys" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "channel_accounts" ADD COLUMN "environment" jsonb;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "environment" jsonb;