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
 * A conversation that an operator paused, or that was halted as a loop, waits for nobody.
 *
 * It is stuck where an answer makes no progress for as long as the workers tolerate a failure before it is an alert: a message that no turn
 * takes, a turn without a reply, or a reply part that is not accepted after its first attempt. A part that the gate holds back, such as for
 * quiet hours, has no attempt and is not stuck.
 *
 * Each list begins with the indexes of the rows that wait, so its cost grows with them and not with the conversations of the tenant. The
 * ARRAY keeps the planner, which expects many of them, from reading all conversations for a hash join.
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

/** `waiting` is the column of `selectWaitingFor`. */
export function isWaiting(tenantId: string, waiting: SQL): SQL {
  return sql`${conversations.id} = ANY (ARRAY (
    SELECT ${inbox.conversationId} FROM ${inbox} WHERE ${isPending()} AND ${inbox.tenantId} = ${tenantId}
    UNION SELECT working.conversation_id FROM ${turns} AS working WHERE working.state = 'open' AND working.tenant_id = ${tenantId}
    UNION SELECT halted.id FROM ${conversations} AS halted
      WHERE halted.tenant_id = ${tenantId} AND halted.paused_at IS NOT NULL AND halted.pause_reason = 'handoff'
    UNION SELECT taken.id FROM ${conversations} AS taken WHERE taken.tenant_id = ${tenantId} AND taken.taken_over_by IS NOT NULL
  )) AND ${waiting} IS NOT NULL`;
}

export function isStuck(tenantId: string): SQL {
  const before = sql`now() - make_interval(secs => ${ALERT_AFTER_MS / 1000})`;
  return sql`${conversations.id} = ANY (ARRAY (
    SELECT ${inbox.conversationId} FROM ${inbox} WHERE ${isPending()} AND ${inbox.wakeAt} < ${before} AND ${inbox.tenantId} = ${tenantId}
    UNION SELECT working.conversation_id FROM ${turns} AS working
      WHERE working.state = 'open' AND working.opened_at < ${before} AND working.tenant_id = ${tenantId}
        AND NOT EXISTS (SELECT FROM ${deliveries} AS part WHERE part.turn_id = working.id)
    UNION SELECT part.conversation_id FROM ${deliveries} AS part
      WHERE part.is_moving AND part.first_attempt_at < ${before} AND part.tenant_id = ${tenantId}
  ))`;
}
