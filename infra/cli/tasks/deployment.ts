import { type Client, isGrpcServiceError } from "@temporalio/client";
import { taskQueues } from "../../../workflows/names.ts";
import { UserError } from "../../runtime/errors.ts";
import type { QueueName } from "../../runtime/temporal/queue-pollers.ts";
import { readPollers } from "./deployment-pollers.ts";

/** Status codes of gRPC. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

export interface DeploymentKey {
  namespace: string;
  deploymentName: string;
  /** The `PARLEY_TASK_QUEUE` setting. */
  taskQueue: string;
}

/**
 * The state of a version of the workers.
 *
 *   inactive -> ramping -> current -> draining -> drained     it may become current or ramping again from any of these
 */
export type VersionStatus = "inactive" | "ramping" | "current" | "draining" | "drained" | "unknown";

export interface VersionView {
  build_id: string;
  status: VersionStatus;
  /** Processes that polled in the last minute. */
  workers: number;
  /** Open runs that can end only on this version. */
  open_runs: number;
  /** True if its workers are not needed any more. */
  may_end: boolean;
}

export interface DeploymentView {
  deployment: string;
  current_build_id: string | null;
  ramping_build_id: string | null;
  ramping_percent: number;
  versions: VersionView[];
}

/** Indexed by Temporal's numbers. */
const STATUS: readonly VersionStatus[] = ["unknown", "inactive", "current", "ramping", "draining", "drained"];
const ENDED: ReadonlySet<VersionStatus> = new Set(["inactive", "drained", "draining"]);

/** The versions of a deployment as Temporal routes to them, newest first. */
export async function describeDeployment(client: Client, key: DeploymentKey): Promise<DeploymentView> {
  const { namespace, deploymentName } = key;
  const { workerDeploymentInfo: info } = await translateGrpcErrors(
    client.workflowService.describeWorkerDeployment({ namespace, deploymentName }),
    key,
  );
  const pollers = await readPollers(client, key);
  const versions = await Promise.all(
    (info?.versionSummaries ?? []).map(async ({ deploymentVersion, status }) => {
      const buildId = deploymentVersion?.buildId ?? "";
      const facts = { build_id: buildId, status: STATUS[status ?? 0] ?? "unknown" };
      const openRuns = (await client.workflow.count(pinnedTo(key, buildId))).count;
      const mayEnd = ENDED.has(facts.status) && openRuns === 0;
      return { ...facts, workers: pollers.count(buildId), open_runs: openRuns, may_end: mayEnd };
    }),
  );
  const routing = info?.routingConfig;
  return {
    deployment: deploymentName,
    current_build_id: routing?.currentDeploymentVersion?.buildId ?? null,
    ramping_build_id: routing?.rampingDeploymentVersion?.buildId ?? null,
    ramping_percent: routing?.rampingVersionPercentage ?? 0,
    versions,
  };
}

/** New runs and long waits use this version from now on. Runs on other versions end there. */
export async function promoteVersion(client: Client, key: DeploymentKey, buildId: string): Promise<void> {
  await requireWorkers(client, key, buildId);
  const { namespace, deploymentName } = key;
  await translateGrpcErrors(
    client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId }),
    key,
  );
}

/** A share of the new runs goes to this version, the rest to the current one. */
export async function rampVersion(
  client: Client,
  key: DeploymentKey,
  { buildId, percentage }: { buildId: string; percentage: number },
): Promise<void> {
  if (percentage > 0) await requireWorkers(client, key, buildId);
  const { namespace, deploymentName } = key;
  await translateGrpcErrors(
    client.workflowService.setWorkerDeploymentRampingVersion({
      namespace,
      deploymentName,
      buildId,
      percentage,
    }),
    key,
  );
}

/** Moves the open runs of this version to the current one, and returns their number. The histories must replay on its code. */
export async function releaseVersion(client: Client, key: DeploymentKey, buildId: string): Promise<number> {
  const { namespace } = key;
  let released = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: pinnedTo(key, buildId) })) {
    await client.workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId, runId },
      workflowExecutionOptions: { versioningOverride: { autoUpgrade: true } },
      updateMask: { paths: ["versioning_override"] },
    });
    released++;
  }
  return released;
}

/** With a version that lacks workers for a queue, messages would wait. */
async function requireWorkers(client: Client, key: DeploymentKey, buildId: string): Promise<void> {
  const pollers = await readPollers(client, key);
  const queues = Object.entries(taskQueues(key.taskQueue)) as [QueueName, string][];
  const unserved = queues.filter(([queue]) => !pollers.serves(buildId, queue)).map(([, name]) => name);
  if (unserved.length === 0) return;
  throw new UserError(
    `No worker of ${key.deploymentName}, build ${buildId}, polls ${unserved.join(", ")}: start these workers first.`,
  );
}

function pinnedTo({ deploymentName }: DeploymentKey, buildId: string): string {
  return `TemporalWorkerDeploymentVersion = "${deploymentName}:${buildId}" AND TemporalWorkflowVersioningBehavior = "Pinned" AND ExecutionStatus = "Running"`;
}

async function translateGrpcErrors<T>(request: Promise<T>, { deploymentName }: DeploymentKey): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const code: number = error.code;
    if (code === NOT_FOUND)
      throw new UserError(`Temporal has no such version of "${deploymentName}": start its workers first.`);
    if (code === FAILED_PRECONDITION) throw new UserError(`Temporal refuses: ${error.details}`);
    throw error;
  }
}
