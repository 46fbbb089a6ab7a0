-- The transcript is append-only: whoever wants to change history has to drop this trigger first, and that shows.
CREATE FUNCTION refuse_transcript_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'messages is append-only: % is refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER messages_append_only BEFORE UPDATE OR DELETE ON messages
  FOR EACH ROW EXECUTE FUNCTION refuse_transcript_change();
--> statement-breakpoint
-- Makes the partitions from last month to `months_ahead` months from now; called by migrate and daily by the sweeper.
-- Last month is included for a host whose clock is behind. The lock keeps two callers from making the same partition.
CREATE FUNCTION ensure_message_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamptz;
  made integer := 0;
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('parley:message-partitions'));
  FOR step IN -1..months_ahead LOOP
    month := date_trunc('month', now(), 'UTC') + make_interval(months => step);
    partition := 'messages_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(partition) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF messages FOR VALUES FROM (%L) TO (%L)',
        partition, month, date_trunc('month', month + interval '32 days', 'UTC'));
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;
