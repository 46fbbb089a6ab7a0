import type { Client } from "@temporalio/client";
import type { Database } from "../../db/connection/postgres.ts";
import { clearAlert, raiseAlert } from "../../db/health/alerts.ts";
import {
  countRestart,
  findRunningTurn,
  readBuildHealth,
  type RestartedTurn,
} from "../../db/health/turn-restarts.ts";
import { failTurn } from "../../db/turns/finish-turn.ts";
import type { UnstartedMessage } from "../../db/turns/unstarted-messages.ts";
import type { Log } from "../../infra/runtime/log.ts";
import type { MissedWorkflow, WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { WORKFLOW_TYPE } from "../../workflows/names.ts";
import { isSystemic } from "../retry/is-systemic.ts";
import { fetchRunState, type RunState } from "./run-state.ts";
import type { MissedStart } from "./sweep-outbound.ts";

export interface RestartDependencies {
  db: Database;
  temporal: Client;
  starter: Pick<WorkflowStarter, "restart">;
  log: Log;
  /** The build that serves, as far as this process knows: its own. */
  build: string;
  /** True in a process that is shutting down, which starts nothing. */
  isStopped(): boolean;
}

/** A turn that was restarted this often on one build becomes a dead letter: it would fail for ever. */
const MAX_RESTARTS = 5;
/** Fewer for a run that fails or kills its worker: each run has also interrupted the other runs of that worker. */
const MAX_STUCK_RESTARTS = 1;
const ALERT = "runs_stuck";
const ALERT_EVERY_MS = 60_000;

type Start = Omit<MissedWorkflow, "terminateExisting">;

/** Restarts workflows that should be running and are not. A restarted run continues where the stores say. */
export function createRestartWorkflows({
  db,
  temporal,
  starter,
  log,
  build,
  isStopped,
}: RestartDependencies) {
  let alertAt = 0;

  async function restartMessage(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state !== "running") await start(toMessageStart(message), state);
  }

  /** Restarts the turn owner, also after its turn was dead-lettered: it then answers the messages that wait. */
  async function restartOrphanedTurn(message: UnstartedMessage): Promise<void> {
    const state = await checkRun(message);
    if (state === "running") return;
    const turn = await findRunningTurn(db, { conversationId: message.conversationId, build });
    const verdict = await judgeTurn(turn ?? undefined, state);
    if (verdict === "wait") return;
    await start(toMessageStart(message), state);
    if (turn !== null && verdict === "restart") await countRestart(db, { turnId: turn.turnId, build });
  }

  async function restartOutbound({ turn, tenantId, ...missed }: MissedStart): Promise<void> {
    const state = await checkRun(missed);
    if (state === "running" || (await judgeTurn(turn, state)) !== "restart") return;
    await start({ ...missed, searchAttributes: { TenantId: tenantId } }, state);
    if (turn !== undefined) await countRestart(db, { turnId: turn.turnId, build });
  }

  async function checkRun({ workflowId }: { workflowId: string }): Promise<RunState> {
    return isStopped() ? "running" : await fetchRunState(temporal, workflowId);
  }

  async function start(workflow: Start, state: RunState): Promise<void> {
    await starter.restart({ ...workflow, terminateExisting: state === "stuck" });
    log.info({ workflowId: workflow.workflowId }, "sweeper started a workflow");
  }

  /** A turn that was restarted often enough is poison, unless most turns fail on this build: then it waits for another build. */
  async function judgeTurn(
    turn: RestartedTurn | undefined,
    state: RunState,
  ): Promise<"restart" | "wait" | "dead_letter"> {
    const maxRestarts = state === "stuck" ? MAX_STUCK_RESTARTS : MAX_RESTARTS;
    if (turn === undefined || turn.restarts < maxRestarts) return "restart";
    const health = await readBuildHealth(db, build);
    if (isSystemic(health)) {
      await reportSystemic(health);
      return "wait";
    }
    await clearReport();
    const { turnId } = turn;
    const reason = state === "stuck" ? "poison:stuck" : "poison:restarts";
    await failTurn(db, { turnId, reason, build });
    log.error({ turnId, reason, build }, "a turn failed too often and is a dead letter now");
    return "dead_letter";
  }

  async function reportSystemic({ failing, passed }: { failing: number; passed: number }): Promise<void> {
    if (Date.now() < alertAt) return;
    alertAt = Date.now() + ALERT_EVERY_MS;
    const detail = `${failing} turns fail again after a restart and ${passed} have passed since, so the cause is not one message. Roll back or deploy another build: the turns wait and continue on it.`;
    log.error({ build, failing, passed }, detail);
    await raiseAlert(db, { name: ALERT, detail: `${detail} Build: ${build}.` });
  }

  async function clearReport(): Promise<void> {
    if (alertAt === 0) return;
    alertAt = 0;
    await clearAlert(db, ALERT);
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
