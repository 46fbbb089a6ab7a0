CREATE TABLE "ingress_processes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"accounts_as_of" timestamp with time zone NOT NULL,
	"unreadable" text[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
ALTER TABLE "contacts" ALTER COLUMN "data_key" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "key_renewed_at" timestamp with time zone;--> statement-breakpoint
-- A message that is being stored holds the lock of its conversation. The end of a key waits for it, and a message after it sees the end.
-- So no message is acknowledged that was encrypted by a key that is destroyed at the same time.
CREATE FUNCTION lock_conversations_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM conversations WHERE contact_id = OLD.id ORDER BY id FOR NO KEY UPDATE;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER contacts_key_waits BEFORE UPDATE OF data_key ON contacts
  FOR EACH ROW WHEN (OLD.data_key IS DISTINCT FROM NEW.data_key) EXECUTE FUNCTION lock_conversations_of_key();
