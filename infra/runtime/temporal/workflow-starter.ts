import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import {
  EVENT_WORKFLOW,
  eventWorkflowId,
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  IS_STORED_QUERY,
  REINDEX_WORKFLOW,
  reindexWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
  taskQueues,
  WORKFLOW_TYPE,
} from "../../../workflows/names.ts";
import type { EventInput, HandoffInput, MessageInput, ReindexInput } from "../../../workflows/types.ts";
import { startWorkflow, type WorkflowStart } from "./start-workflow.ts";

export interface WorkflowStarterOptions {
  temporal: Client;
  /** The `PARLEY_TASK_QUEUE` setting. */
  taskQueue: string;
  /** True if a worker of this process shares the connection: it gets the first task of a message without a poll. */
  eager?: boolean;
  log?: { warn(details: object, message: string): void };
}

export interface MessageStart {
  workflowId: string;
  input: MessageInput;
  /** Null while Postgres is unavailable: the message travels in `input`. */
  conversationId: string | null;
  /** The workflow sleeps for so long first. */
  quietMs: number;
  /** Its tasks come before those of other messages: the contact expects silence. */
  isUrgent?: boolean;
  timeoutMs: number;
}

/** What the sweeper knows of a workflow that is not running. */
export type MissedWorkflow = Pick<
  WorkflowStart,
  "workflowType" | "workflowId" | "input" | "searchAttributes" | "terminateExisting"
>;

const TIMEOUT_MS = 5_000;
const ASK_AGAIN_AFTER_MS = 50;
/** A request or a command waits for these starts. */
const OUTBOUND_TIMEOUT_MS = 2_000;
const REINDEX_TIMEOUT_MS = 10_000;

/** The only place where workflows are started: each kind with its id, task queue, search attributes and summary. */
export function createWorkflowStarter({ temporal, taskQueue, eager = false, log }: WorkflowStarterOptions) {
  const start = async (
    given: Pick<WorkflowStart, "workflowType" | "workflowId" | "input" | "searchAttributes" | "summary"> &
      Partial<WorkflowStart>,
  ): Promise<void> =>
    await startWorkflow(temporal, {
      taskQueue: taskQueues(taskQueue).main,
      startDelayMs: 0,
      eager: false,
      allowRestart: false,
      timeoutMs: TIMEOUT_MS,
      ...given,
    });

  /** True if it was started. If not, the sweeper starts it from its row. */
  const tryStartOutbound = async (
    tenantId: string,
    given: Pick<WorkflowStart, "workflowType" | "workflowId" | "input" | "summary">,
  ): Promise<boolean> => {
    try {
      await start({ ...given, searchAttributes: { TenantId: tenantId }, timeoutMs: OUTBOUND_TIMEOUT_MS });
      return true;
    } catch (error) {
      log?.warn({ err: error, workflowId: given.workflowId }, "the sweeper will repeat a failed start");
      return false;
    }
  };

  return {
    /** Throws if Temporal does not confirm the start in time. */
    async startMessage({ conversationId, quietMs, isUrgent, ...message }: MessageStart): Promise<void> {
      const { tenantId, channel } = message.input;
      await start({
        ...message,
        ...(isUrgent === true && { order: "urgent" }),
        workflowType: WORKFLOW_TYPE,
        searchAttributes: {
          TenantId: tenantId,
          Channel: channel,
          ...(conversationId === null ? {} : { ConversationId: conversationId }),
        },
        summary: `· inbound message, ${channel.replaceAll("-", " ")}`,
        startDelayMs: quietMs,
        eager,
      });
    },

    /** True when the workflow has stored its inlined event, false after this time. */
    async awaitStored(workflowId: string, timeoutMs: number): Promise<boolean> {
      const until = Date.now() + timeoutMs;
      const handle = temporal.workflow.getHandle(workflowId);
      while (Date.now() < until) {
        // Not logged: the caller learns that no worker has stored it in time.
        const isStored = await temporal
          .withDeadline(until, async () => await handle.query<boolean>(IS_STORED_QUERY))
          .catch(() => false);
        if (isStored) return true;
        await sleep(ASK_AGAIN_AFTER_MS);
      }
      return false;
    },

    /** Delivers an outbound turn. */
    startReply: async (tenantId: string, turnId: string): Promise<boolean> =>
      await tryStartOutbound(tenantId, {
        workflowType: REPLY_WORKFLOW,
        workflowId: replyWorkflowId(turnId),
        input: { turnId },
        summary: "· outbound turn",
      }),

    /** Repairs a reply part that the vendor accepted first and reported as failed later. */
    startRepair: async (tenantId: string, deliveryId: string): Promise<boolean> =>
      await tryStartOutbound(tenantId, {
        workflowType: REPAIR_WORKFLOW,
        workflowId: repairWorkflowId(deliveryId),
        input: { deliveryId },
        summary: "· late failure",
      }),

    /** Waits for an agent to take the conversation over. */
    startHandoff: async (tenantId: string, input: HandoffInput): Promise<boolean> =>
      await tryStartOutbound(tenantId, {
        workflowType: HANDOFF_WORKFLOW,
        workflowId: handoffWorkflowId(input),
        input,
        summary: "· hand-off",
      }),

    /** Sends one outgoing event to one endpoint. Throws if Temporal does not confirm the start in time. */
    async startEvent(
      tenantId: string,
      input: EventInput,
      { terminateExisting }: { terminateExisting: boolean },
    ): Promise<void> {
      await start({
        workflowType: EVENT_WORKFLOW,
        workflowId: eventWorkflowId(input),
        input,
        searchAttributes: { TenantId: tenantId },
        summary: "· outgoing event",
        allowRestart: true,
        terminateExisting,
        order: "later",
      });
    },

    /** Embeds all chunks for an index version. Throws if Temporal does not confirm the start in time. */
    async startReindex(input: ReindexInput): Promise<void> {
      await start({
        workflowType: REINDEX_WORKFLOW,
        workflowId: reindexWorkflowId(input.versionId),
        input,
        searchAttributes: {},
        summary: "· all vectors into one index",
        allowRestart: true,
        order: "later",
        timeoutMs: REINDEX_TIMEOUT_MS,
      });
    },

    /** For the sweeper: a closed run of the same id is followed by a new run. Throws like `startEvent`. */
    async restart(missed: MissedWorkflow): Promise<void> {
      await start({ ...missed, summary: "· started again by the sweeper", allowRestart: true });
    },
  };
}

export type WorkflowStarter = ReturnType<typeof createWorkflowStarter>;
