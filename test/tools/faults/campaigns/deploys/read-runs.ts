import type { Client } from "@temporalio/client";

/** One run of a message workflow, with the code version that its history shows. */
export interface VersionedRun {
  workflowId: string;
  startedAt: number;
  closedAt: number;
  /** The builds of the workers that completed its tasks. */
  builds: string[];
  /** The number of `retrieve` activities: the changed code runs it twice. */
  retrieved: number;
  /** Workflow tasks that failed for any reason. */
  failedTasks: number;
}

/** Reads every closed run of a message workflow from its history, because visibility lags. */
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
