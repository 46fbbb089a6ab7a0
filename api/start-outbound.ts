import type { Client } from "@temporalio/client";
import { startWorkflow } from "../infra/runtime/temporal/start-workflow.ts";
import {
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
  taskQueues,
} from "../workflows/names.ts";
import type { HandoffInput } from "../workflows/types.ts";

export interface StartOutboundDependencies {
  temporal: Client;
  taskQueue: string;
  log: { warn(details: object, message: string): void };
}

const TIMEOUT_MS = 2_000;

/** Starts the workflows that no inbound message stands behind. The rows are the promise: a lost start is the sweeper's. */
export function createStartOutbound({ temporal, taskQueue, log }: StartOutboundDependencies) {
  const start = async (
    workflowType: string,
    workflowId: string,
    tenantId: string,
    input: object,
    summary: string,
  ) => {
    const queue = taskQueues(taskQueue).main;
    const common = {
      taskQueue: queue,
      startDelayMs: 0,
      eager: false,
      allowRestart: false,
      timeoutMs: TIMEOUT_MS,
    };
    try {
      const searchAttributes = { TenantId: tenantId };
      await startWorkflow(temporal, {
        ...common,
        workflowType,
        workflowId,
        input,
        searchAttributes,
        summary,
      });
      return true;
    } catch (error) {
      log.warn({ err: error, workflowId }, "start left to the sweeper");
      return false;
    }
  };
  return {
    /** Delivers an outbound turn. */
    startReply: async (tenantId: string, turnId: string) =>
      await start(REPLY_WORKFLOW, replyWorkflowId(turnId), tenantId, { turnId }, "· outbound turn"),
    /** Looks at a part that the vendor reported as failed after it had taken it. */
    startRepair: async (tenantId: string, deliveryId: string) =>
      await start(REPAIR_WORKFLOW, repairWorkflowId(deliveryId), tenantId, { deliveryId }, "· late failure"),
    /** Waits for somebody to claim the conversation. */
    startHandoff: async (tenantId: string, input: HandoffInput) =>
      await start(HANDOFF_WORKFLOW, handoffWorkflowId(input), tenantId, input, "· hand-off"),
  };
}

export type StartOutbound = ReturnType<typeof createStartOutbound>;
