import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from "@temporalio/common";

/** Temporal gives out tasks with a lower key first. Its keys are 1 to 5. */
const PRIORITY_KEYS = { urgent: 2, normal: 3, later: 4 } as const;

export interface WorkflowStart {
  workflowType: string;
  workflowId: string;
  taskQueue: string;
  input: unknown;
  /** Ids only: search attributes are not encrypted. */
  searchAttributes: Readonly<Record<string, string>>;
  summary: string;
  startDelayMs: number;
  /** Gives the first task to a worker in this process. Needs a connection shared with it. */
  eager: boolean;
  /** Allows a new run after a closed run of the same id. The sweeper and a repeated reindex need that. */
  allowRestart: boolean;
  /** Terminates an open run of the same id first. */
  terminateExisting?: boolean;
  /** When its tasks are given out on every queue: `later` if no contact waits for it. Default `normal`. */
  order?: keyof typeof PRIORITY_KEYS;
  timeoutMs: number;
}

/** Starts a workflow once: a run that exists already counts as started. Throws when Temporal does not respond in time. */
export async function startWorkflow(client: Client, start: WorkflowStart): Promise<void> {
  const options = {
    workflowId: start.workflowId,
    taskQueue: start.taskQueue,
    args: [start.input],
    workflowIdReusePolicy: start.allowRestart ? "ALLOW_DUPLICATE" : "REJECT_DUPLICATE",
    workflowIdConflictPolicy: start.terminateExisting === true ? "TERMINATE_EXISTING" : "FAIL",
    // The delay before another worker repeats the task of a worker that died. A longer task sends a heartbeat after 80 % of it.
    workflowTaskTimeout: "4s",
    // Temporal serves tenants in turn, so a tenant with a thousand waiting tasks does not delay the others.
    priority: {
      fairnessKey: start.searchAttributes["TenantId"] ?? "",
      priorityKey: PRIORITY_KEYS[start.order ?? "normal"],
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
