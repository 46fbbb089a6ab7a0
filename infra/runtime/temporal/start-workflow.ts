import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from "@temporalio/common";

export interface WorkflowStart {
  workflowType: string;
  workflowId: string;
  taskQueue: string;
  input: unknown;
  /** Ids only: they lie outside the payload codec. */
  searchAttributes: Readonly<Record<string, string>>;
  summary: string;
  startDelayMs: number;
  /** Hands the first task to a worker in this process; needs a connection shared with it. */
  eager: boolean;
  /** Whether a closed run of the same id may be followed by a new one: only the sweeper wants that. */
  allowRestart: boolean;
  /** Whether a run of the same id that is still there ends for this one. */
  terminateExisting?: boolean;
  /** Nobody waits for it: its tasks stand behind those of people's messages, on every queue. */
  lowPriority?: boolean;
  timeoutMs: number;
}

/** Starts a workflow once: a run that exists already is what was wanted. Throws where Temporal does not answer in time. */
export async function startWorkflow(client: Client, start: WorkflowStart): Promise<void> {
  const options = {
    workflowId: start.workflowId,
    taskQueue: start.taskQueue,
    args: [start.input],
    workflowIdReusePolicy: start.allowRestart ? "ALLOW_DUPLICATE" : "REJECT_DUPLICATE",
    workflowIdConflictPolicy: start.terminateExisting === true ? "TERMINATE_EXISTING" : "FAIL",
    // How long the steps of a worker that died stand still; what takes longer tells Temporal after 80 % of it.
    workflowTaskTimeout: "4s",
    // Tasks of many tenants are handed out in turn: one that has a thousand waiting holds up nobody else.
    priority: {
      fairnessKey: start.searchAttributes["TenantId"] ?? "",
      priorityKey: start.lowPriority === true ? 4 : 3,
    },
    typedSearchAttributes: keywords(start.searchAttributes),
    staticSummary: start.summary,
    ...(start.startDelayMs > 0 ? { startDelay: start.startDelayMs } : { requestEagerStart: start.eager }),
  } as const;
  try {
    await client.withDeadline(Date.now() + start.timeoutMs, () =>
      client.workflow.start(start.workflowType, options),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function keywords(attributes: Readonly<Record<string, string>>): SearchAttributePair[] {
  return Object.entries(attributes).map(([name, value]) => ({
    key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
    value,
  }));
}
