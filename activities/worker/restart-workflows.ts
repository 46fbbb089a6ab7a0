import type { Client } from "@temporalio/client";
import { LRUCache } from "lru-cache";
import type { Database } from "../../db/connection/postgres.ts";
import { failTurn } from "../../db/turns/finish-turn.ts";
import {
  countRestart,
  findRunningTurn,
  type RestartedTurn,
  type UnstartedMessage,
} from "../../db/turns/unstarted-messages.ts";
import type { Log } from "../../infra/runtime/log.ts";
import type { MissedWorkflow, WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { WORKFLOW_TYPE } from "../../workflows/names.ts";
import { fetchRunState, type RunState } from "./run-state.ts";
import type { MissedStart } from "./sweep-outbound.ts";

export interface RestartDependencies {
  db: Database;
  temporal: Client;
  starter: Pick<WorkflowStarter, "restart">;
  log: Log;
  /** True in a process that is shutting down, which starts nothing. */
  isStopped(): boolean;
}

/** A workflow that was found running is not checked again for this long. */
const RECHECK_AFTER_MS = 10_000;
const CHECKED_RUNS = 50_000;
/** A turn that was restarted this often becomes a dead letter: it would fail for ever. */
const MAX_RESTARTS = 5;
/** Fewer for a run that fails or kills its worker: each run has also interrupted the other runs of that worker. */
const MAX_STUCK_RESTARTS = 1;

type Start = Omit<MissedWorkflow, "terminateExisting">;

/** Restarts workflows that should be running and are not. A restarted run continues where the stores say. */
export function createRestartWorkflows({ db, temporal, starter, log, isStopped }: RestartDependencies) {
  const running = new LRUCache<string, true>({ max: CHECKED_RUNS, ttl: RECHECK_AFTER_MS });

  async function restartMessage(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state !== "running") await start(toMessageStart(message), state);
  }

  /** Restarts the turn owner, also after its turn was dead-lettered: it then answers the messages that wait. */
  async function restartOrphanedTurn(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state === "running") return;
    const turn = (await findRunningTurn(db, message.conversationId)) ?? undefined;
    const isDeadLettered = await deadLetterIfPoison(turn, state);
    await start(toMessageStart(message), state);
    if (turn !== undefined && !isDeadLettered) await countRestart(db, turn.turnId);
  }

  async function restartOutbound({ turn, tenantId, ...missed }: MissedStart): Promise<void> {
    const state = await checkRun(missed);
    if (state === "running" || (await deadLetterIfPoison(turn, state))) return;
    await start({ ...missed, searchAttributes: { TenantId: tenantId } }, state);
    if (turn !== undefined) await countRestart(db, turn.turnId);
  }

  async function checkRun({ workflowId }: { workflowId: string }): Promise<RunState> {
    if (isStopped() || running.has(workflowId)) return "running";
    const state = await fetchRunState(temporal, workflowId);
    if (state === "running") running.set(workflowId, true);
    return state;
  }

  async function start(workflow: Start, state: RunState): Promise<void> {
    await starter.restart({ ...workflow, terminateExisting: state === "stuck" });
    log.info({ workflowId: workflow.workflowId }, "sweeper started a workflow");
  }

  async function deadLetterIfPoison(turn: RestartedTurn | undefined, state: RunState): Promise<boolean> {
    const maxRestarts = state === "stuck" ? MAX_STUCK_RESTARTS : MAX_RESTARTS;
    if (turn === undefined || turn.restarts < maxRestarts) return false;
    const { turnId } = turn;
    const reason = state === "stuck" ? "poison:stuck" : "poison:restarts";
    await failTurn(db, { turnId, reason });
    log.error({ turnId, reason }, "a turn failed too often and is a dead letter now");
    return true;
  }

  return { restartMessage, restartOrphanedTurn, restartOutbound };
}

function toMessageStart(message: UnstartedMessage): Start {
  const { channel, accountId, providerMessageId, tenantId, conversationId, workflowId } = message;
  return {
    workflowType: WORKFLOW_TYPE,
    workflowId,
    input: { channel, accountId, providerMessageId, tenantId },
    searchAttributes: { TenantId: tenantId, Channel: channel, ConversationId: conversationId },
  };
}
