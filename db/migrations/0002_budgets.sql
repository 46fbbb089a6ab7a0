-- The sums for reports. Slots of past days are folded into `budgets` and `budget_shares`.
CREATE VIEW budget_use AS
  SELECT tenant_id, day, scope, sum(reserved_usd) AS reserved_usd, sum(spent_usd) AS spent_usd, max(alerted_at) AS alerted_at
  FROM (
    SELECT tenant_id, day, '' AS scope, reserved_usd, spent_usd, alerted_at FROM budgets
    UNION ALL
    SELECT tenant_id, day, scope, reserved_usd, spent_usd, alerted_at FROM budget_shares
    UNION ALL
    SELECT tenant_id, day, scope, reserved_usd, spent_usd, NULL FROM budget_slots
  ) AS used
  GROUP BY tenant_id, day, scope;
--> statement-breakpoint
-- The slot of a turn: the last four bits of its id, which are random in every version of UUID that we make. The visitors of one network
-- are few, and have one slot.
CREATE FUNCTION budget_slot(turn_id uuid, scope text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN scope LIKE 'network:%' THEN 0 ELSE get_byte(uuid_send(turn_id), 15) & 15 END;
--> statement-breakpoint
-- Reserves `usd` where the slot has not been granted enough, and grants it more. Slots are granted together less than the level of the alert,
-- and after the alert of the day up to the limit. So only this function can find that a level is reached, or that a limit is. The advisory lock
-- lets one caller at a time do this for one budget of one day. The caller holds no row of this budget's slots: two callers with a row each would
-- wait for each other.
CREATE FUNCTION reserve_beyond_grant(
  for_day date, for_tenant text, for_scope text, own_slot smallint, usd numeric, limit_of_day numeric, alert_at numeric,
  OUT is_reserved boolean, OUT is_alert_due boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  -- A thirty-second of what is left, with 16 slots: most of it stays for the slots that need it.
  parts CONSTANT integer := 32;
  base numeric;
  is_alerted boolean;
  ceiling numeric;
  own numeric;
  others numeric;
  spare numeric;
BEGIN
  SELECT coalesce(sum(reserved_usd + spent_usd), 0), bool_or(alerted_at IS NOT NULL) IS TRUE INTO base, is_alerted
  FROM budget_use u WHERE u.tenant_id = for_tenant AND u.day = for_day AND u.scope = for_scope;
  -- A budget that is used up locks nothing: it refuses every message of the rest of the day.
  IF base + usd > limit_of_day THEN
    is_reserved := false;
    is_alert_due := NOT is_alerted AND base >= alert_at;
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(format('budget:%s:%s:%s', for_day - date '2000-01-01', for_tenant, for_scope), 0));
  INSERT INTO budget_slots (day, tenant_id, scope, slot) VALUES (for_day, for_tenant, for_scope, own_slot) ON CONFLICT DO NOTHING;
  SELECT reserved_usd + spent_usd INTO own FROM budget_slots
  WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot = own_slot FOR NO KEY UPDATE;
  SELECT coalesce(sum(reserved_usd + spent_usd), 0), bool_or(alerted_at IS NOT NULL) IS TRUE INTO base, is_alerted FROM (
    SELECT reserved_usd, spent_usd, alerted_at FROM budgets WHERE for_scope = '' AND tenant_id = for_tenant AND day = for_day
    UNION ALL
    SELECT reserved_usd, spent_usd, alerted_at FROM budget_shares WHERE tenant_id = for_tenant AND day = for_day AND scope = for_scope
  ) AS folded;
  ceiling := CASE WHEN is_alerted THEN limit_of_day ELSE alert_at END;
  SELECT coalesce(sum(CASE WHEN limit_usd = limit_of_day AND alert_usd = alert_at
    THEN greatest(granted_usd, reserved_usd + spent_usd) ELSE reserved_usd + spent_usd END), 0) INTO others
  FROM budget_slots WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot <> own_slot;
  spare := ceiling - base - others - own - usd;
  IF spare <= 0 THEN
    -- The other slots keep what they use. Their grants do not change while this transaction holds their rows.
    PERFORM FROM budget_slots WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot <> own_slot
    ORDER BY slot FOR NO KEY UPDATE;
    UPDATE budget_slots SET granted_usd = reserved_usd + spent_usd
    WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot <> own_slot AND granted_usd > reserved_usd + spent_usd;
    SELECT coalesce(sum(reserved_usd + spent_usd), 0) INTO others
    FROM budget_slots WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot <> own_slot;
    is_alert_due := NOT is_alerted AND base + others + own + usd >= alert_at;
    is_reserved := base + others + own + usd <= limit_of_day;
    IF NOT is_reserved THEN RETURN; END IF;
    spare := greatest(0, ceiling - base - others - own - usd);
  END IF;
  UPDATE budget_slots SET reserved_usd = reserved_usd + usd, granted_usd = own + usd + trunc(spare / parts, 8),
    limit_usd = limit_of_day, alert_usd = alert_at
  WHERE day = for_day AND tenant_id = for_tenant AND scope = for_scope AND slot = own_slot;
  is_reserved := true;
  is_alert_due := coalesce(is_alert_due, false);
END
$$;
--> statement-breakpoint
-- Plans that a turn is answered, with its reservation. Verdicts: 'reserved'; 'no_budget', where the turn is answered by what costs nothing;
-- 'visitor_limit', where a share of the visitor is used up and nothing was written. Null where nothing was written because another attempt has
-- planned the turn, or it has ended: a reservation that comes late would never be settled. Each limit is a budget of the turn, in one order for all
-- turns. The first pass takes what the slots were granted. An UPDATE that finds too little left by a concurrent turn keeps the lock on its row,
-- so the pass is rolled back before the second one, which may have to lock all slots.
CREATE FUNCTION plan_answer(turn_id uuid, usd numeric, OUT verdict text, OUT may_alert boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  beyond boolean;
  turn record;
  budget record;
  reservation record;
BEGIN
  FOREACH beyond IN ARRAY ARRAY[false, true] LOOP
    BEGIN
      UPDATE turns t SET plan = 'answer', planned_at = clock_timestamp(), reserved_usd = usd,
        reserved_on = (now() AT TIME ZONE 'UTC')::date, visitor_network = c.visitor_network
      FROM conversations c, tenants n
      WHERE t.id = turn_id AND t.state = 'open' AND t.planned_at IS NULL AND c.id = t.conversation_id AND n.id = t.tenant_id
      RETURNING t.tenant_id, t.reserved_on AS day, c.account_id, c.visitor_network AS network, n.daily_budget_usd, n.budget_alert_share,
        n.visitor_budget_share, n.network_budget_share INTO turn;
      may_alert := false;
      IF NOT FOUND THEN
        verdict := NULL;
        RETURN;
      END IF;
      verdict := 'reserved';
      FOR budget IN
        SELECT b.scope, budget_slot(turn_id, b.scope) AS slot, trunc(b.usd, 8) AS limit_usd, trunc(b.usd * turn.budget_alert_share, 8) AS alert_usd
        FROM (
          SELECT 1 AS place, 'network:' || turn.network AS scope, turn.daily_budget_usd * turn.network_budget_share AS usd
          WHERE turn.network IS NOT NULL
          UNION ALL
          SELECT 2, 'visitors:' || turn.account_id, turn.daily_budget_usd * turn.visitor_budget_share WHERE turn.network IS NOT NULL
          UNION ALL
          SELECT 3, '', turn.daily_budget_usd
        ) AS b ORDER BY b.place
      LOOP
        IF beyond THEN
          reservation := reserve_beyond_grant(
            turn.day, turn.tenant_id, budget.scope, budget.slot, usd, budget.limit_usd, budget.alert_usd);
          may_alert := may_alert OR reservation.is_alert_due;
          IF NOT reservation.is_reserved THEN
            verdict := CASE budget.scope WHEN '' THEN 'no_budget' ELSE 'visitor_limit' END;
            RAISE EXCEPTION USING ERRCODE = 'PB002', MESSAGE = 'the budget is used up';
          END IF;
        ELSE
          UPDATE budget_slots SET reserved_usd = reserved_usd + usd
          WHERE day = turn.day AND tenant_id = turn.tenant_id AND scope = budget.scope AND slot = budget.slot
            AND limit_usd = budget.limit_usd AND alert_usd = budget.alert_usd AND reserved_usd + spent_usd + usd <= granted_usd;
          IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'PB001', MESSAGE = 'the slot has not been granted enough';
          END IF;
        END IF;
      END LOOP;
      RETURN;
    EXCEPTION
      WHEN SQLSTATE 'PB001' OR SQLSTATE 'PB002' THEN NULL;
    END;
  END LOOP;
  IF verdict = 'no_budget' THEN
    UPDATE turns t SET plan = 'answer', planned_at = clock_timestamp()
    WHERE t.id = turn_id AND t.state = 'open' AND t.planned_at IS NULL;
    IF NOT FOUND THEN verdict := NULL; END IF;
  END IF;
END
$$;
--> statement-breakpoint
-- The cost of all completions of a turn, including tiers that were not used. USD.
CREATE FUNCTION cost_of_turn(of_turn uuid) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(sum(p.cost_usd), 0) FROM model_responses p WHERE p.turn_id = of_turn);
--> statement-breakpoint
-- Replaces the reservation of a turn by its cost in the slots of all its budgets, which it locks in the order of `plan_answer`. The caller has
-- cleared the reservation in the turn's row, and locks nothing after this. A slot may be gone, since its day was folded: then a new one has a
-- negative reservation, and the sum of the day is right.
CREATE FUNCTION settle_slots(of_turn uuid, reserved numeric, cost numeric) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$ BEGIN
  INSERT INTO budget_slots AS s (day, tenant_id, scope, slot, reserved_usd, spent_usd)
  SELECT t.reserved_on, t.tenant_id, b.scope, budget_slot(t.id, b.scope), -reserved, cost
  FROM turns t CROSS JOIN LATERAL (
    SELECT 1 AS place, 'network:' || t.visitor_network AS scope WHERE t.visitor_network IS NOT NULL
    UNION ALL
    SELECT 2, 'visitors:' || c.account_id FROM conversations c WHERE c.id = t.conversation_id AND t.visitor_network IS NOT NULL
    UNION ALL
    SELECT 3, ''
  ) AS b WHERE t.id = of_turn AND t.reserved_on IS NOT NULL ORDER BY b.place
  ON CONFLICT (day, tenant_id, scope, slot) DO UPDATE
  SET reserved_usd = s.reserved_usd + EXCLUDED.reserved_usd, spent_usd = s.spent_usd + EXCLUDED.spent_usd;
END $$;
--> statement-breakpoint
-- Ends the reservation of a turn. The turn's row is the guard: a second call finds no reservation.
CREATE FUNCTION settle_budget(of_turn uuid, cost numeric) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  reserved numeric;
BEGIN
  SELECT t.reserved_usd INTO reserved FROM turns t WHERE t.id = of_turn AND t.reserved_usd > 0 FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE turns t SET reserved_usd = 0 WHERE t.id = of_turn;
  PERFORM settle_slots(of_turn, reserved, cost);
END $$;
--> statement-breakpoint
-- Stores a completion that its turn does not use, for its cost: db/turns/model-responses.ts has the reasons. Where the turn has not been
-- settled, its settlement counts the row. The lock makes a settlement at the same time come before or after this.
CREATE FUNCTION save_unused_response(
  of_turn uuid, of_tier text, of_call text, with_model text, request_id text, tokens_in integer, tokens_cached integer, tokens_out integer,
  cost numeric
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  turn record;
BEGIN
  SELECT t.tenant_id, t.reserved_usd, t.reserved_on INTO turn FROM turns t WHERE t.id = of_turn FOR UPDATE;
  -- The turn may have stored this completion itself, and only the response of PostgreSQL was lost.
  IF NOT FOUND OR EXISTS (SELECT FROM model_responses p WHERE p.turn_id = of_turn AND p.tier = of_tier AND p.unused_call = ''
      AND coalesce(p.provider_request_id, p.input_tokens || ' ' || p.output_tokens) = of_call) THEN
    RETURN;
  END IF;
  INSERT INTO model_responses (turn_id, tier, unused_call, tenant_id, model, provider_request_id, body, input_tokens, cached_tokens,
      output_tokens, cost_usd)
    VALUES (of_turn, of_tier, of_call, turn.tenant_id, with_model, request_id, '', tokens_in, tokens_cached, tokens_out, cost)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND OR turn.reserved_on IS NULL OR turn.reserved_usd > 0 THEN RETURN; END IF;
  UPDATE turns t SET cost_usd = t.cost_usd + cost WHERE t.id = of_turn;
  PERFORM settle_slots(of_turn, 0, cost);
END $$;
