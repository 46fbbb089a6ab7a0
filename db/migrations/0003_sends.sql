-- Lists of the parts of replies by columns that most steps leave as they are. A column in an index or in its condition, such as `state`,
-- makes PostgreSQL write an entry into every index of the row each time it changes.
--
-- A trigger, so that no statement forgets a list.
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
-- A gate and a change of a tenant or an account exclude each other: see docs/decisions/0004-sends-lock-the-rows-that-forbid-them.md. The
-- names share 1,024 locks of each kind, so that a change of all tenants in one transaction does not fill the lock table of the server: it has
-- room for 6,400 locks by default. So a change waits for the gates of one in 1,024 other tenants too, which take milliseconds.
--
-- The order of these locks is that of a gate: the tenant, then the account. A transaction changes one tenant or one account. One that has to
-- change several takes the tenants first, and those of a kind in the order of send_lock. Any other order can end in a deadlock.
CREATE FUNCTION send_lock(of_name text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN hashtext(of_name) & 1023;
--> statement-breakpoint
CREATE FUNCTION wait_for_gates_of_tenant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('parley:sends-of-tenant'), send_lock(OLD.id));
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
--> statement-breakpoint
CREATE FUNCTION wait_for_gates_of_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('parley:sends-of-account'), send_lock(OLD.channel || '/' || OLD.id));
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
--> statement-breakpoint
CREATE TRIGGER tenants_wait_for_gates BEFORE UPDATE OR DELETE ON tenants
  FOR EACH ROW EXECUTE FUNCTION wait_for_gates_of_tenant();
--> statement-breakpoint
CREATE TRIGGER channel_accounts_wait_for_gates BEFORE UPDATE OR DELETE ON channel_accounts
  FOR EACH ROW EXECUTE FUNCTION wait_for_gates_of_account();
--> statement-breakpoint
-- Whether the human being with this address has an opt-out on the account, of this source if one is given.
CREATE FUNCTION is_opted_out(of_tenant text, on_channel text, on_account text, given_hash bytea, of_source text DEFAULT NULL)
  RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE COST 30000
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN
  RETURN EXISTS (SELECT FROM consents x
    WHERE x.tenant_id = of_tenant AND x.channel = on_channel AND x.account_id = on_account AND x.state = 'opted_out'
      AND x.address_hash IN (SELECT person_addresses(of_tenant, on_channel, given_hash))
      AND (of_source IS NULL OR x.source = of_source));
END $$;
--> statement-breakpoint
-- Whether a tenant has spent more on a day than it allows, without this amount.
CREATE FUNCTION is_overspent(of_tenant text, on_day date, without_usd numeric) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN
  RETURN (SELECT coalesce(sum(spent.usd), 0) FROM (
      SELECT b.spent_usd AS usd FROM budgets b WHERE b.tenant_id = of_tenant AND b.day = on_day
      UNION ALL
      SELECT s.spent_usd FROM budget_slots s WHERE s.day = on_day AND s.tenant_id = of_tenant AND s.scope = ''
    ) AS spent) - without_usd > (SELECT m.daily_budget_usd FROM tenants m WHERE m.id = of_tenant);
END $$;
--> statement-breakpoint
-- Whether a pause of the kind "shared" leaves the turn alone: one of its messages names the assistant, and no other participant has written since.
-- Both times are the provider's where it gives them.
CREATE FUNCTION is_named_since(of_turn uuid, others_wrote timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN
  RETURN EXISTS (SELECT FROM inbox i WHERE i.turn_id = of_turn AND i.is_addressed
    AND (others_wrote IS NULL OR coalesce(i.provider_time, i.received_at) > others_wrote));
END $$;
--> statement-breakpoint
-- Locks what can forbid a send of the turn until the end of the transaction, then reads it. The order of the locks is the conversation, the
-- tenant, the account. Each statement of a volatile function reads what was committed before it began, so the facts are read after the
-- locks were granted. Null where the turn does not exist.
CREATE FUNCTION lock_gate_facts(of_turn uuid, in_conversation uuid) RETURNS jsonb LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  of_tenant text;
  of_account text;
BEGIN
  SELECT c.tenant_id, c.channel || '/' || c.account_id INTO of_tenant, of_account
    FROM conversations c WHERE c.id = in_conversation FOR UPDATE;
  PERFORM pg_advisory_xact_lock_shared(hashtext('parley:sends-of-tenant'), send_lock(of_tenant));
  PERFORM pg_advisory_xact_lock_shared(hashtext('parley:sends-of-account'), send_lock(of_account));
  RETURN (
    SELECT jsonb_build_object(
      'now', clock_timestamp(), 'turn_open', t.state = 'open', 'opened_at', t.opened_at,
      'account_disabled', a.disabled_at IS NOT NULL, 'settings', a.settings, 'supersede', m.supersede,
      'taken_over_by', c.taken_over_by, 'taken_over_at', c.taken_over_at, 'conversation_paused',
        c.paused_at IS NOT NULL AND (c.pause_reason <> 'shared' OR NOT is_named_since(t.id, c.others_wrote_at)),
      'account_paused', a.paused_at IS NOT NULL, 'tenant_paused', m.paused_at IS NOT NULL, 'last_inbound_at', c.last_inbound_at,
      'opted_out', is_opted_out(c.tenant_id, c.channel, c.account_id, k.address_hash),
      'newer_message', EXISTS (SELECT FROM inbox i WHERE i.conversation_id = c.id
          AND i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL)
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.turn_id = t.id AND d.attempt > 0),
      'superseded_before', (SELECT count(*) FROM turns s WHERE s.conversation_id = c.id AND s.outcome = 'superseded'
        AND s.opened_at > coalesce((SELECT max(l.opened_at) FROM turns l WHERE l.conversation_id = c.id
          AND l.state = 'closed' AND l.outcome <> 'superseded'), '-infinity')),
      'overspent', is_overspent(c.tenant_id, coalesce(t.reserved_on, (now() AT TIME ZONE 'UTC')::date), t.cost_usd),
      -- The turn owner keeps the order of answers. This keeps the order of turns that do not own their conversation. An agent's reply waits
      -- for earlier replies of agents only. Replies that wait for the end of the quiet hours do not delay others, because the contact is
      -- writing now. A turn that did not begin to send for an hour has another problem, so it does not delay others either.
      'earlier_until', (SELECT max(coalesce(d.next_attempt_at, clock_timestamp()))
        FROM turns e JOIN deliveries d ON d.turn_id = e.id
        WHERE e.conversation_id = c.id AND e.state = 'open' AND e.id <> t.id
          AND (e.kind <> 'inbound' OR e.replayed_at IS NOT NULL) AND e.opened_at < t.opened_at AND (e.plan = 'agent' OR t.plan <> 'agent')
          AND d.state IN ('intended', 'sending')
          AND (e.opened_at > now() - interval '1 hour' OR EXISTS (SELECT FROM deliveries q WHERE q.turn_id = e.id AND q.attempt > 0))
          AND NOT EXISTS (SELECT FROM deliveries q WHERE q.turn_id = e.id AND q.state = 'intended' AND q.code = 'quiet_hours')),
      -- The gate of that conversation decides again before anything is sent there.
      'linked', coalesce((SELECT jsonb_agg(jsonb_build_object('id', o.id, 'channel', o.channel, 'last', o.last_inbound_at)
          ORDER BY o.last_inbound_at DESC NULLS LAST)
        FROM contacts p JOIN conversations o ON o.contact_id = p.id AND o.id <> c.id
          AND o.taken_over_by IS NULL AND o.paused_at IS NULL AND o.thread = ''
          AND NOT is_opted_out(o.tenant_id, o.channel, o.account_id, p.address_hash)
        WHERE p.link_id = k.link_id AND p.tenant_id = k.tenant_id), '[]'::jsonb))
    FROM conversations c
    JOIN contacts k ON k.id = c.contact_id
    JOIN channel_accounts a ON a.channel = c.channel AND a.id = c.account_id
    JOIN tenants m ON m.id = c.tenant_id
    JOIN turns t ON t.id = of_turn
    WHERE c.id = in_conversation);
END $$;
--> statement-breakpoint
-- Records the reply of a turn: its parts, its line of the transcript, its version stamp, and the end of its reservation. The caller has sealed
-- the texts with the key of the contact and for the number `at_seq`. Returns the number of parts that the turn has, which are those of an
-- earlier call where there was one. Where something is not as the caller has seen it, nothing is written, and `obstacle` says what: the turn
-- has ended, the turn or the key has changed, or another line has taken the number.
--
-- The order of the locks is the conversation, the turn, the slots of the budget. All that can refuse the reply is read under the first two,
-- and the slots are locked only for the last statement.
CREATE FUNCTION record_reply(
  of_turn uuid, at_version bigint, new_version bigint, of_tenant text, in_conversation uuid, at_seq bigint, of_contact uuid, sealed_with bytea,
  part_ids uuid[], part_bodies bytea[], line_body bytea, with_tier text, with_reason text, with_model text,
  OUT recorded integer, OUT obstacle text
) LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  present_seq bigint;
  turn record;
  cost numeric;
BEGIN
  SELECT c.next_seq INTO present_seq FROM conversations c WHERE c.id = in_conversation FOR UPDATE;
  SELECT count(*) INTO recorded FROM deliveries d WHERE d.turn_id = of_turn;
  IF recorded > 0 THEN RETURN; END IF;
  recorded := NULL;
  -- The end of a key waits for the lock of the conversation.
  SELECT t.reserved_usd, t.state, t.notice, t.version = at_version AND k.data_key = sealed_with AS is_same INTO turn FROM turns t, contacts k
    WHERE t.id = of_turn AND k.id = of_contact FOR UPDATE OF t;
  obstacle := CASE WHEN turn.state = 'closed' THEN 'ended' WHEN turn.is_same IS NOT TRUE THEN 'changed'
    WHEN present_seq IS DISTINCT FROM at_seq THEN 'line_taken' END;
  IF obstacle IS NOT NULL THEN RETURN; END IF;
  -- The question is open while it is the last line: the contact's next message answers it.
  UPDATE conversations c SET next_seq = at_seq + 1, stop_asked_at = CASE WHEN turn.notice = 'ask_stop' THEN now() END WHERE c.id = in_conversation;
  INSERT INTO messages (tenant_id, conversation_id, seq, direction, turn_id, body, created_at)
    VALUES (of_tenant, in_conversation, at_seq, 'outbound', of_turn, line_body, now());
  INSERT INTO deliveries (id, tenant_id, conversation_id, turn_id, part, body)
    SELECT p.id, of_tenant, in_conversation, of_turn, p.place - 1, p.body
    FROM unnest(part_ids, part_bodies) WITH ORDINALITY AS p (id, body, place);
  cost := cost_of_turn(of_turn);
  UPDATE turns t SET tier = with_tier, reason = with_reason, model = with_model, cost_usd = cost, reserved_usd = 0, version = new_version
    WHERE t.id = of_turn;
  IF turn.reserved_usd > 0 THEN PERFORM settle_slots(of_turn, turn.reserved_usd, cost); END IF;
  recorded := cardinality(part_ids);
END $$;
--> statement-breakpoint
-- Ends a turn and releases it; db/turns/finish-turn.ts has the rules and gives the states. A second call changes nothing and returns the
-- first end. Null where the turn does not exist.
CREATE FUNCTION finish_turn(
  of_turn uuid, with_outcome text, with_reason text, on_build text,
  open_states text[], closed_state text, working_states text[], ended_state text,
  -- Of a superseded turn, whose messages are free again: the end of those that the contact has deleted. Null for every other outcome.
  taken_back_state text, taken_back_reason text
) RETURNS jsonb LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  turn record;
  owner text;
  more boolean;
BEGIN
  SELECT t.tenant_id, t.conversation_id, t.workflow_id, t.replayed_at INTO turn FROM turns t WHERE t.id = of_turn;
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- The first lock of every change of a conversation. What follows is read under it: an interrupted attempt and its successor may both
  -- come here, and another workflow may own the conversation by then.
  SELECT c.turn_owner INTO owner FROM conversations c WHERE c.id = turn.conversation_id FOR UPDATE;
  more := owner IS NOT DISTINCT FROM turn.workflow_id;
  UPDATE turns t SET state = closed_state, closed_at = now(), outcome = with_outcome, outcome_reason = with_reason,
      build = coalesce(on_build, t.build)
    WHERE t.id = of_turn AND t.state = ANY (open_states);
  IF NOT FOUND THEN
    RETURN (SELECT jsonb_build_object('closed', false, 'outcome', t.outcome, 'reason', t.outcome_reason, 'more', more)
      FROM turns t WHERE t.id = of_turn);
  END IF;
  IF taken_back_state IS NULL THEN
    UPDATE inbox i SET state = ended_state, reason = with_reason WHERE i.turn_id = of_turn AND i.state = ANY (working_states);
  ELSE
    UPDATE inbox i SET (turn_id, state, reason) = (
        SELECT NULL::uuid, CASE WHEN deleted.before THEN taken_back_state ELSE ended_state END,
          CASE WHEN deleted.before THEN taken_back_reason END
        FROM (SELECT EXISTS (SELECT FROM message_changes h WHERE h.channel = i.channel AND h.account_id = i.account_id
          AND h.target_message_id = i.provider_message_id AND h.kind = 'delete') AS before) AS deleted)
      WHERE i.turn_id = of_turn AND i.state = ANY (working_states);
  END IF;
  -- A turn that `reply` delivers does not own the conversation.
  IF more THEN
    SELECT coalesce(bool_and(i.wake_at <= clock_timestamp()), false) INTO more
      FROM inbox i WHERE i.conversation_id = turn.conversation_id AND i.state = 'pending' AND i.turn_id IS NULL AND i.reason IS NULL;
    IF more THEN
      -- The sweeper looks after an owner without an open turn.
      UPDATE conversations c SET owner_idle_since = now() WHERE c.id = turn.conversation_id;
    ELSE
      UPDATE conversations c SET turn_owner = NULL, turn_acquired_at = NULL, owner_idle_since = NULL WHERE c.id = turn.conversation_id;
    END IF;
  END IF;
  RETURN jsonb_build_object('closed', true, 'outcome', with_outcome, 'reason', with_reason, 'more', more,
    'tenant_id', turn.tenant_id, 'replayed', turn.replayed_at IS NOT NULL);
END $$;
--> statement-breakpoint
-- Held by the transaction that accepts a part, and by a receipt that finds no part: whichever comes second sees the other.
CREATE FUNCTION receipt_lock(on_channel text, on_account text, of_provider_id text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashtextextended(concat_ws('/', 'parley:receipt', on_channel, on_account, of_provider_id), 0);
--> statement-breakpoint
-- For the transaction that accepts a part: whether receipts of it are stored already. Later ones find the part.
CREATE FUNCTION has_early_receipt(of_tenant text, on_channel text, on_account text, of_provider_id text)
  RETURNS boolean LANGUAGE plpgsql VOLATILE
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(receipt_lock(on_channel, on_account, of_provider_id));
  RETURN EXISTS (SELECT FROM receipts r WHERE r.tenant_id = of_tenant AND r.channel = on_channel AND r.account_id = on_account
    AND r.provider_id = of_provider_id);
END $$;
