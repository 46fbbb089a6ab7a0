-- Makes the partitions from last month to `months_ahead` months from now; called by migrate and by the sweeper. Last month is included for a
-- host whose clock is behind. The advisory lock keeps two callers from making the same partition.
--
-- CREATE TABLE ... PARTITION OF would take ACCESS EXCLUSIVE on `messages`. While a backup or a report reads that table, the statement waits, and
-- every message waits behind it. ATTACH takes SHARE UPDATE EXCLUSIVE, for which no reader and no INSERT waits. The new table is empty, so its
-- check against the bounds reads nothing. The trigger of `messages` is copied by ATTACH.
CREATE OR REPLACE FUNCTION ensure_message_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql
  SET lock_timeout = '100ms' AS $$
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
    EXECUTE format('ALTER TABLE messages ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      partition, month, date_trunc('month', month + interval '32 days', 'UTC'));
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
