import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { turns } from "../schema/turns.ts";
import { isDeliveredAlone } from "./turn-plan.ts";

/** One exchange: the time of the contact's first message, and the time when our answer was accepted. */
export interface Exchange {
  asked: Date;
  answered: Date | null;
}

/** The silence reason of the turn that halted a conversation as a loop. */
export const LOOP = "loop";

/**
 * The last answered exchanges of a conversation, newest first, since it was last halted as a loop: the operator who resumed it has seen the
 * exchanges before. A column for a query; `readExchanges` reads its value.
 */
export function selectRecentExchanges(conversationId: SQL, limit: Placeholder): SQL<StoredExchange[]> {
  // A literal, as in the index `turns_halted`: with a parameter the planner cannot use the index.
  return sql<StoredExchange[]>`(SELECT coalesce(jsonb_agg(e), '[]') FROM (
    SELECT (SELECT min(i.received_at) FROM inbox i WHERE i.turn_id = t.id) AS asked,
      (SELECT max(d.accepted_at) FROM deliveries d WHERE d.turn_id = t.id) AS answered
    FROM turns t
    WHERE t.conversation_id = ${conversationId} AND t.plan = 'answer' AND t.outcome = 'answered'
      AND NOT ${isDeliveredAlone(alias(turns, "t"))}
      AND t.opened_at > coalesce((SELECT max(h.opened_at) FROM turns h WHERE h.conversation_id = ${conversationId}
        AND h.silence_reason = ${sql.raw(`'${LOOP}'`)}), '-infinity')
    ORDER BY t.opened_at DESC LIMIT ${limit}) AS e)`;
}

interface StoredExchange {
  asked: string;
  answered: string | null;
}

/** Oldest first. */
export function readExchanges(stored: readonly StoredExchange[]): Exchange[] {
  return stored
    .map(({ asked, answered }) => ({
      asked: new Date(asked),
      answered: answered === null ? null : new Date(answered),
    }))
    .toReversed();
}
