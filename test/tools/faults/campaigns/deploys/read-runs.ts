import type { Client } from "@temporalio/client";

/** What the history of one message's run says about the code that it ran on. */
export interface VersionedRun {
  workflowId: string;
  startedAt: number;
  closedAt: number;
  /** Builds whose workers completed tasks of it. */
  builds: string[];
  /** How often `retrieve` was done: the changed code does it twice. */
  retrieved: number;
  /** Workflow tasks that failed, for whatever reason. */
  failedTasks: number;
}

/** Every closed run of a message, read from its history and not from visibility. */
export async function readRuns(temporal: Client): Promise<VersionedRun[]> {
  const runs: VersionedRun[] = [];
  const query = "WorkflowType = 'message' AND ExecutionStatus != 'Running'";
  for await (const { workflowId, runId, startTime, closeTime } of temporal.workflow.list({ query })) {
    const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const builds = new Set<string>();
    let retrieved = 0;
    let failedTasks = 0;
    for (const event of events ?? []) {
      const completed = event.workflowTaskCompletedEventAttributes;
      const build = completed?.deploymentVersion?.buildId;
      if (build != null && build !== "") builds.add(build);
      if (event.workflowTaskFailedEventAttributes != null) failedTasks++;
      if (stepOf(event.markerRecordedEventAttributes?.details) === "retrieve") retrieved++;
    }
    runs.push({
      workflowId,
      startedAt: startTime.getTime(),
      closedAt: closeTime?.getTime() ?? Infinity,
      builds: [...builds],
      retrieved,
      failedTasks,
    });
  }
  return runs;
}

type MarkerDetails = Record<string, { payloads?: { data?: Uint8Array | null }[] | null }> | null | undefined;

function stepOf(details: MarkerDetails): string | null {
  const data = details?.["data"]?.payloads?.[0]?.data;
  if (data == null) return null;
  return (JSON.parse(Buffer.from(data).toString("utf8")) as { activity_type: string }).activity_type;
}
