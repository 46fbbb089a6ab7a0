-- TRUNCATE runs no row trigger, so it would pass the guard of the transcript. A statement trigger of a partitioned table is not copied to its
-- partitions, and each of them can be truncated alone: every partition has its own.
CREATE TRIGGER messages_not_truncated BEFORE TRUNCATE ON messages
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_transcript_change();
--> statement-breakpoint
DO $$
DECLARE
  partition regclass;
BEGIN
  FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'messages'::regclass LOOP
    EXECUTE format('CREATE TRIGGER messages_not_truncated BEFORE TRUNCATE ON %s
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_transcript_change()', partition);
  END LOOP;
END
$$;
--> statement-breakpoint
-- As before, and each new partition gets the trigger before it is attached.
CREATE OR REPLACE FUNCTION ensure_message_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql
  SET lock_timeout = '100ms' SET timezone = 'UTC' AS $$
DECLARE
  month timestamptz;
  made integer := 0;
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('parley:message-partitions'));
  FOR step IN -1..months_ahead LOOP
    month := date_trunc('month', now(), 'UTC') + make_interval(months => step);
    partition := 'messages_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    CONTINUE WHEN EXISTS (
      SELECT FROM pg_inherits WHERE inhparent = 'messages'::regclass AND inhrelid = to_regclass(partition));
    IF to_regclass(partition) IS NOT NULL THEN
      RAISE EXCEPTION 'the table % exists and is no partition of messages: attach it or rename it', partition;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE messages INCLUDING ALL)', partition);
    EXECUTE format('CREATE TRIGGER messages_not_truncated BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_transcript_change()', partition);
    EXECUTE format('ALTER TABLE messages ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      partition, month, date_trunc('month', month + interval '32 days', 'UTC'));
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
