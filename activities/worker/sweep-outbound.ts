import type { Database } from "../../db/connection/postgres.ts";
import type { Cursor, ScanRequest } from "../../db/connection/page.ts";
import { findWaitingHandoffs, type WaitingHandoff } from "../../db/conversations/pause.ts";
import { findUnrepairedFailures } from "../../db/delivery/receipts.ts";
import type { RestartedTurn } from "../../db/health/turn-restarts.ts";
import { findOpenOutboundTurns } from "../../db/turns/outbound-turns.ts";
import {
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
} from "../../workflows/names.ts";

export interface MissedStart {
  workflowType: string;
  workflowId: string;
  tenantId: string;
  input: object;
  /** The turn that the workflow delivers. */
  turn?: RestartedTurn;
}

export type ListedStart = MissedStart & Cursor;
type ListStarts = (request: ScanRequest) => Promise<ListedStart[]>;

/** Long enough for an agent to notice, short enough that the contact still waits. */
const HANDOFF_TIMEOUT_S = 600;

/** The rows without an inbound message that may lack their workflow: handoffs, outbound turns and late failures. */
export function createOutboundLists(
  db: Database,
  build: string,
): Readonly<Record<"handoffs" | "outbound_turns" | "late_failures", ListStarts>> {
  return {
    handoffs: async (request) => (await findWaitingHandoffs(db, request)).map(toHandoffStart),
    outbound_turns: async (request) =>
      (await findOpenOutboundTurns(db, { ...request, build })).map(({ id, at, tenantId, restarts }) => ({
        id,
        at,
        workflowType: REPLY_WORKFLOW,
        workflowId: replyWorkflowId(id),
        tenantId,
        input: { turnId: id },
        turn: { turnId: id, restarts },
      })),
    late_failures: async (request) =>
      (await findUnrepairedFailures(db, request)).map(({ id, at, tenantId }) => ({
        id,
        at,
        workflowType: REPAIR_WORKFLOW,
        workflowId: repairWorkflowId(id),
        tenantId,
        input: { deliveryId: id },
      })),
  };
}

/** With the rest of the wait: a workflow that was lost, or a handoff that another conversation began, does not begin it again. */
function toHandoffStart({ id, at, tenantId, since, waitedS, ...handoff }: WaitingHandoff): ListedStart {
  const wholeS = handoff.timeoutS ?? handoff.settings.handoffTimeoutS ?? HANDOFF_TIMEOUT_S;
  const timeoutS = Math.max(0, Math.ceil(wholeS - waitedS));
  const input = { tenantId, conversationId: id, since: since.toISOString(), timeoutS };
  const start = { workflowType: HANDOFF_WORKFLOW, workflowId: handoffWorkflowId(input), tenantId, input };
  return { id, at, ...start };
}
