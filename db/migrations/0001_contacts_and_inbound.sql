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
--> statement-breakpoint
-- The contacts of the person with this address: those that have it, as their own address or as an alias, those that an operator linked
-- with them on this channel, and those that share any other address with one of them.
--
-- In plpgsql, which keeps its plans: the gate of each send asks. A plan from the time of an empty table must use the indexes too.
-- ROWS: a person has few addresses; the default of 1000 makes a hash join over all consents look cheap. COST: about ten index lookups.
CREATE FUNCTION person_contacts(of_tenant text, on_channel text, given_hash bytea) RETURNS SETOF uuid LANGUAGE plpgsql STABLE PARALLEL SAFE
  ROWS 2 COST 10000
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN RETURN QUERY
  WITH direct AS (
    SELECT c.id FROM contacts c WHERE c.tenant_id = of_tenant AND c.channel = on_channel AND c.address_hash = given_hash
    UNION SELECT a.contact_id FROM contact_aliases a
      WHERE a.tenant_id = of_tenant AND a.channel = on_channel AND a.address_hash = given_hash
  ), linked AS (
    SELECT id FROM direct
    UNION SELECT o.id FROM direct JOIN contacts me ON me.id = direct.id JOIN contacts o
      ON o.link_id = me.link_id AND o.tenant_id = of_tenant AND o.channel = on_channel
  ), addresses AS (
    SELECT c.address_hash FROM linked JOIN contacts c ON c.id = linked.id
    UNION SELECT a.address_hash FROM linked JOIN contact_aliases a ON a.contact_id = linked.id
  )
  SELECT id FROM linked
  UNION SELECT c.id FROM addresses s JOIN contacts c
    ON c.tenant_id = of_tenant AND c.channel = on_channel AND c.address_hash = s.address_hash
  UNION SELECT a.contact_id FROM addresses s JOIN contact_aliases a
    ON a.tenant_id = of_tenant AND a.channel = on_channel AND a.address_hash = s.address_hash;
END $$;
--> statement-breakpoint
-- All addresses of that person, as hashes, with this one. A contact may be erased while its opt-out stays.
CREATE FUNCTION person_addresses(of_tenant text, on_channel text, given_hash bytea) RETURNS SETOF bytea LANGUAGE plpgsql STABLE PARALLEL SAFE
  ROWS 3 COST 20000
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN RETURN QUERY
  WITH people AS (SELECT person_contacts(of_tenant, on_channel, given_hash) AS id)
  SELECT given_hash
  UNION SELECT c.address_hash FROM people JOIN contacts c ON c.id = people.id
  UNION SELECT a.address_hash FROM people JOIN contact_aliases a ON a.contact_id = people.id;
END $$;
--> statement-breakpoint
-- What an ingress asks before it stores a message, in one row: the contact with one of these addresses (hashes), as its own address or as an
-- alias, its conversation, and the first delivery of the message. Of several contacts the oldest one counts.
--
-- In plpgsql, which keeps its plans. A plan from the time of an empty table must use the indexes too.
CREATE FUNCTION find_inbound(of_tenant text, on_channel text, on_account text, in_thread text, addresses bytea[], message_id text)
  RETURNS TABLE (contact_id uuid, data_key bytea, address_hash bytea, other_contact_ids uuid[], has_all_addresses boolean, conversation_id uuid, next_seq bigint,
    is_stop_asked boolean, first_conversation_id uuid, first_state text)
  LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 COST 10000
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$ BEGIN RETURN QUERY
  WITH owners AS (
    SELECT o.id FROM contacts o WHERE o.tenant_id = of_tenant AND o.channel = on_channel AND o.address_hash = ANY (addresses)
    UNION SELECT a.contact_id FROM contact_aliases a
      WHERE a.tenant_id = of_tenant AND a.channel = on_channel AND a.address_hash = ANY (addresses)
  ), person AS (
    SELECT array_agg(o.id ORDER BY o.created_at, o.id) AS ids FROM owners JOIN contacts o ON o.id = owners.id
  )
  SELECT c.id, c.data_key, c.address_hash, person.ids[2:],
    NOT EXISTS (SELECT FROM unnest(addresses) AS given(hash) WHERE given.hash <> c.address_hash AND NOT EXISTS (
      SELECT FROM contact_aliases k WHERE k.tenant_id = of_tenant AND k.channel = on_channel AND k.address_hash = given.hash AND k.contact_id = c.id)),
    v.id, v.next_seq, v.stop_asked_at IS NOT NULL, i.conversation_id, i.state
  FROM person LEFT JOIN contacts c ON c.id = person.ids[1]
  LEFT JOIN conversations v ON v.tenant_id = of_tenant AND v.channel = on_channel AND v.account_id = on_account
    AND v.contact_id = c.id AND v.thread = in_thread
  LEFT JOIN inbox i ON i.channel = on_channel AND i.account_id = on_account AND i.provider_message_id = message_id;
END $$;
--> statement-breakpoint
-- A message that opens its conversation holds this lock until its commit, and its early deletion waits for it: the conversation, whose lock
-- orders all other messages and deletions, is not visible before the commit.
CREATE FUNCTION first_message_lock(on_channel text, on_account text, message_id text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashtextextended(concat_ws('/', 'parley:first-message', on_channel, on_account, message_id), 0);
--> statement-breakpoint
-- Stores a message in one statement: everything or nothing, with one commit. The caller has sealed the texts with the key of the contact and
-- for the number `at_seq`, so both must still be right. Returns the state of the message, or null where the contact or the conversation is
-- not as the caller has seen it. A serialization failure means the same, and that the message may be stored already: the caller looks again.
--
-- The order of the locks is the contact, its aliases, the conversation. The trigger of contacts.data_key takes them in this order too.
CREATE FUNCTION store_inbound(
  of_tenant text, on_channel text, on_account text, in_thread text,
  -- The address is null for a contact that exists. Aliases that exist do not change.
  of_contact uuid, sealed_with bytea, new_address_hash bytea, new_address bytea, alias_hashes bytea[], alias_addresses bytea[],
  in_conversation uuid, opens_conversation boolean, at_seq bigint,
  message_id text, of_workflow text, with_keyword text, with_treatment text, provider_at timestamptz, provider_order bigint, cut integer, quiet_ms double precision,
  -- When it arrived, where it has waited outside of PostgreSQL since.
  arrived timestamptz,
  -- False for a message in a shared place that does not name the assistant. It needs no answer where other participants write there too.
  names_us boolean, not_addressed_reason text,
  initial_state text, initial_reason text, taken_back_state text, taken_back_reason text,
  line_body bytea, line_media bytea,
  -- The events are written for a tenant that listens, and for a conversation that has a stream.
  event_id uuid, event_data jsonb, stream_body bytea
) RETURNS text LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  received timestamptz := least(arrived, now());
BEGIN
  IF new_address IS NOT NULL THEN
    INSERT INTO contacts (id, tenant_id, channel, address_hash, address, data_key)
      VALUES (of_contact, of_tenant, on_channel, new_address_hash, new_address, sealed_with) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN NULL; END IF;
  ELSIF opens_conversation THEN
    -- The end of a key waits for the conversations that it sees. It does not see this one, so it waits for the contact.
    PERFORM FROM contacts c WHERE c.id = of_contact AND c.data_key = sealed_with FOR SHARE;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  IF alias_hashes IS NOT NULL THEN
    INSERT INTO contact_aliases (tenant_id, channel, address_hash, contact_id, address)
      SELECT of_tenant, on_channel, a.hash, of_contact, a.address FROM unnest(alias_hashes, alias_addresses) AS a (hash, address)
      ORDER BY a.hash ON CONFLICT DO NOTHING;
  END IF;
  IF opens_conversation THEN
    PERFORM pg_advisory_xact_lock_shared(first_message_lock(on_channel, on_account, message_id));
    INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id, thread, next_seq, last_inbound_at)
      VALUES (in_conversation, of_tenant, on_channel, on_account, of_contact, in_thread, at_seq + 1, received) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN NULL; END IF;
  ELSE
    -- Only the first message after a question is its answer. A reaction is none.
    UPDATE conversations v SET next_seq = at_seq + 1, last_inbound_at = received,
      stop_asked_at = CASE WHEN initial_reason IS NULL THEN NULL ELSE v.stop_asked_at END WHERE v.id = in_conversation AND v.next_seq = at_seq;
    IF NOT FOUND THEN RETURN NULL; END IF;
    -- Read after the lock of the conversation: a key that is destroyed from now on waits for this transaction.
    PERFORM FROM contacts c WHERE c.id = of_contact AND c.data_key = sealed_with;
    IF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = 'the key of the contact has changed'; END IF;
  END IF;
  -- Read after the lock too: a later deletion waits for it and finds the message.
  IF EXISTS (SELECT FROM message_changes d WHERE d.channel = on_channel AND d.account_id = on_account
      AND d.target_message_id = message_id AND d.kind = 'delete') THEN
    initial_state := taken_back_state;
    initial_reason := taken_back_reason;
  END IF;
  -- Read after the lock too: another participant who writes later pauses this message.
  IF NOT names_us AND EXISTS (SELECT FROM conversations v WHERE v.id = in_conversation AND v.pause_reason = 'shared') THEN
    initial_state := taken_back_state;
    initial_reason := not_addressed_reason;
  END IF;
  INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, reason, keyword, treatment,
      is_addressed, provider_time, provider_sequence, cut_characters, received_at, wake_at)
    VALUES (on_channel, on_account, message_id, of_tenant, in_conversation, at_seq, of_workflow, initial_state, initial_reason, with_keyword, with_treatment,
      names_us, provider_at, provider_order, cut, received, now() + make_interval(secs => quiet_ms / 1000)) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = 'the message was stored at the same time'; END IF;
  INSERT INTO messages (tenant_id, conversation_id, seq, direction, body, media, created_at)
    VALUES (of_tenant, in_conversation, at_seq, 'inbound', line_body, line_media, received);
  INSERT INTO events (id, tenant_id, type, conversation_id, data)
    SELECT event_id, of_tenant, 'message.received', in_conversation, event_data
    WHERE EXISTS (SELECT FROM event_endpoints e WHERE e.tenant_id = of_tenant AND e.disabled_at IS NULL);
  IF stream_body IS NOT NULL THEN
    INSERT INTO stream_events (tenant_id, conversation_id, seq, key, kind, body)
      VALUES (of_tenant, in_conversation, at_seq, message_id, 'message', stream_body) ON CONFLICT DO NOTHING;
  END IF;
  RETURN initial_state;
END $$;
