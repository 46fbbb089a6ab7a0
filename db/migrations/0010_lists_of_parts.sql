-- Lists of the parts of replies by columns that most steps leave as they are. A column in an index or in its condition, such as `state`,
-- makes PostgreSQL write an entry into every index of the row each time it changes. 0011 sets the columns of the rows that exist.
ALTER TABLE "conversations" ADD COLUMN "owner_idle_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "is_moving" boolean;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "is_unread" boolean;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "trouble" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "troubled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "stalled_since" timestamp with time zone;--> statement-breakpoint
-- A trigger, so that no statement forgets a list, also none of an older build.
CREATE FUNCTION set_delivery_lists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_moving := CASE WHEN NEW.state IN ('intended', 'sending') THEN true END;
  NEW.is_unread := CASE WHEN NEW.state = 'accepted' AND NEW.receipt IS DISTINCT FROM 'read' THEN true END;
  NEW.trouble := CASE WHEN NEW.state IN ('refused', 'unknown') THEN NEW.state WHEN NEW.receipt = 'failed' THEN 'failed' END;
  NEW.troubled_at := CASE WHEN NEW.trouble IS NOT NULL THEN NEW.updated_at END;
  NEW.stalled_since := CASE WHEN NEW.state = 'intended' AND NEW.failing_account IS NOT NULL
    AND NEW.attempt > coalesce(NEW.last_early_attempt, 0) THEN coalesce(NEW.first_attempt_at, NEW.updated_at) END;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER deliveries_lists BEFORE INSERT OR UPDATE ON deliveries
  FOR EACH ROW EXECUTE FUNCTION set_delivery_lists();
--> statement-breakpoint
-- Room for the next version of a row on its page; without it each change moves the row to another page and writes all indexes. A turn grows
-- by its context and its reply.
ALTER TABLE turns SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE conversations SET (fillfactor = 75);
--> statement-breakpoint
ALTER TABLE deliveries SET (fillfactor = 75);
--> statement-breakpoint
ALTER TABLE inbox SET (fillfactor = 85);
