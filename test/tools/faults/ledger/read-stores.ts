import type { Client } from "@temporalio/client";
import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import type { ConversationRow, InboxRow, PartRow, TurnRow } from "./ledger.ts";

/** The fourth log, in plain SQL: the ledger does not use the code that it checks. */
export async function readInbox(db: Database): Promise<InboxRow[]> {
  const { rows } = await db.execute<InboxRow & Record<string, unknown>>(sql`
    SELECT i.channel, i.provider_message_id AS "providerMessageId", i.workflow_id AS "workflowId",
      i.conversation_id AS "conversationId", i.seq::float8 AS seq, i.state, i.reason, i.turn_id AS "turnId",
      extract(epoch FROM pg_xact_commit_timestamp(m.xmin))::float8 * 1000 AS "committedAt"
    FROM inbox i LEFT JOIN messages m
      ON m.conversation_id = i.conversation_id AND m.seq = i.seq AND m.direction = 'inbound'`);
  return rows;
}

export async function readTurns(db: Database): Promise<TurnRow[]> {
  const { rows } = await db.execute<TurnRow & Record<string, unknown>>(sql`
    SELECT t.id, t.conversation_id AS "conversationId", extract(epoch FROM t.opened_at)::float8 * 1000 AS "openedAt",
      t.state, t.outcome, t.plan, t.notice, t.tier, t.origin->>'fromTurnId' AS "reroutedFrom",
      (SELECT min(extract(epoch FROM pg_xact_commit_timestamp(m.xmin)))::float8 * 1000 FROM messages m
        WHERE m.turn_id = t.id AND m.direction = 'outbound') AS "replyCommittedAt"
    FROM turns t`);
  return rows;
}

export async function readParts(db: Database): Promise<PartRow[]> {
  const { rows } = await db.execute<PartRow & Record<string, unknown>>(sql`
    SELECT id, turn_id AS "turnId", part, state, attempt, provider_id AS "providerId", code, receipt,
      extract(epoch FROM first_attempt_at)::float8 * 1000 AS "firstAttemptAt",
      extract(epoch FROM attempted_at)::float8 * 1000 AS "lastAttemptAt" FROM deliveries`);
  return rows;
}

export async function readConversations(db: Database): Promise<ConversationRow[]> {
  const { rows } = await db.execute<ConversationRow & Record<string, unknown>>(sql`
    SELECT conversation_id AS id, count(*)::int AS lines, max(seq)::float8 AS "lastSeq"
    FROM messages GROUP BY conversation_id`);
  return rows;
}

/**
 * Counts stored messages, and messages and turns without an outcome. `due` excludes conversations with a deferred send: Standard Webhooks
 * asks for a pause of five minutes after the second failed attempt.
 */
export async function countOpen(db: Database): Promise<{ stored: number; open: number; due: number }> {
  const { rows } = await db.execute<{ stored: number; open: number; due: number }>(sql`
    WITH deferred AS (
      SELECT t.conversation_id AS id FROM turns t JOIN deliveries d ON d.turn_id = t.id
      WHERE t.state = 'open' AND d.attempt > 0 AND d.next_attempt_at > now() + interval '5 s'
    ), unfinished AS (
      SELECT conversation_id AS id FROM inbox WHERE state IN ('pending', 'in_turn')
      UNION ALL SELECT conversation_id FROM turns WHERE state = 'open'
    )
    SELECT (SELECT count(*) FROM inbox)::int AS stored, count(*)::int AS open, (count(*) FILTER (WHERE id NOT IN (SELECT id FROM deferred)))::int AS due
    FROM unfinished`);
  return rows[0] ?? { stored: 0, open: 0, due: 0 };
}

/** Lists the open workflows that answer messages. Retries, because Temporal can still be busy after a fault. */
export async function readRunning(temporal: Client): Promise<{ workflowId: string; taskAttempts: number }[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listRunning(temporal);
    } catch (error) {
      if (attempt === LIST_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, LIST_PAUSE_MS));
    }
  }
}

const LIST_ATTEMPTS = 5;
const LIST_PAUSE_MS = 2_000;

async function listRunning(temporal: Client): Promise<{ workflowId: string; taskAttempts: number }[]> {
  const running = [];
  const query = "ExecutionStatus = 'Running' AND WorkflowType IN ('message', 'reply', 'repair')";
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    if (raw.workflowExecutionInfo?.closeTime) continue;
    running.push({ workflowId, taskAttempts: raw.pendingWorkflowTask?.attempt ?? 0 });
  }
  return running;
}

/** The start of the first run of a workflow id, ms; null when Temporal has none. */
export async function firstStart(temporal: Client, workflowId: string): Promise<number | null> {
  const starts: number[] = [];
  for await (const { startTime } of temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    starts.push(startTime.getTime());
  return starts.length === 0 ? null : Math.min(...starts);
}
