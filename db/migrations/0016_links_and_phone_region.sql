ALTER TABLE "tenants" ADD COLUMN "allowed_links" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "phone_region" text;