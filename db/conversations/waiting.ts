import { type SQL, sql } from "drizzle-orm";
import { ALERT_AFTER_MS } from "../health/alerts.ts";
import { isPending } from "../inbound/is-pending.ts";
import { conversations, inbox } from "../schema/conversations.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";

/*
 * What a conversation waits for, by its states:
 *
 *   agent       the contact asked for an agent (the pause "handoff"), or wrote during a takeover and no agent has written since
 *   assistant   the assistant may answer, and a message is pending or its turn is open
 *
 * In a conversation that an operator paused, or that was halted as a loop, the contact does not wait.
 *
 * It is stuck where an answer makes no progress for as long as the workers tolerate a failure before it is an alert: a message that no turn
 * takes, a turn without a reply, or a reply part that is not accepted after its first attempt. A part that the gate holds back, such as for
 * quiet hours, has no attempt and is not stuck.
 */

export type WaitingFor = "agent" | "assistant";

/** A column for a query of conversations. `pending` is the number of pending messages. */
export function selectWaitingFor(pending: SQL): SQL<WaitingFor | null> {
  return sql<WaitingFor | null>`CASE
    WHEN ${conversations.pauseReason} = 'handoff' THEN 'agent'
    WHEN ${conversations.takenOverBy} IS NOT NULL THEN CASE WHEN ${hasNoAgentAnswer} THEN 'agent' END
    WHEN ${pending} > 0 OR ${hasOpenTurn} THEN 'assistant' END`;
}

const hasNoAgentAnswer = sql`(${conversations.lastInboundAt} IS NOT NULL AND NOT EXISTS (SELECT FROM ${turns} AS answered
  WHERE answered.conversation_id = ${conversations.id} AND answered.opened_at > ${conversations.lastInboundAt} AND answered.kind = 'agent'))`;

const hasOpenTurn = sql`EXISTS (SELECT FROM ${turns} AS working
  WHERE working.conversation_id = ${conversations.id} AND working.state = 'open' AND working.kind = 'inbound')`;

/** Each test is a scalar query, because PostgreSQL may answer an EXISTS by reading all rows that wait into a hash table. */
export function isStuck(): SQL {
  const before = sql`now() - make_interval(secs => ${ALERT_AFTER_MS / 1000})`;
  return sql`(
    (SELECT true FROM ${inbox} WHERE ${inbox.conversationId} = ${conversations.id} AND ${isPending()} AND ${inbox.wakeAt} < ${before} LIMIT 1)
    OR (SELECT true FROM ${turns} AS working
      WHERE working.conversation_id = ${conversations.id} AND working.state = 'open' AND working.opened_at < ${before}
        AND NOT EXISTS (SELECT FROM ${deliveries} AS part WHERE part.turn_id = working.id) LIMIT 1)
    OR (SELECT true FROM ${deliveries} AS part
      WHERE part.conversation_id = ${conversations.id} AND part.is_moving AND part.first_attempt_at < ${before} LIMIT 1)
  )`;
}
