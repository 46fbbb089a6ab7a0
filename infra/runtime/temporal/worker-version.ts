import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WorkerDeploymentOptions } from "@temporalio/worker";

interface VersionSettings {
  TEMPORAL_DEPLOYMENT_NAME?: string | undefined;
  TEMPORAL_WORKER_BUILD_ID?: string | undefined;
}

export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
}

const FINGERPRINT_LENGTH = 16;

const WORKFLOWS = fileURLToPath(new URL("../../../workflows/index.ts", import.meta.url));

/** Which version these workers are, or null where workers have none. `entry` is the module whose exports are the workflows. */
export function workerVersion(settings: VersionSettings, entry = WORKFLOWS): WorkerVersion | null {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = settings;
  if (deploymentName === undefined) return null;
  return { deploymentName, buildId: buildId ?? workflowFingerprint(entry) };
}

/** Runs end on the version they began on, where a workflow does not say otherwise: `workflows/index.ts`. */
export function deploymentOptions(version: WorkerVersion): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: "PINNED" };
}

/**
 * Says the same on every machine, and something else once the workflow code or the SDK below it changes. Steps are no part of it: a
 * run does not remember how they did what they did.
 */
function workflowFingerprint(entry: string): string {
  const folder = dirname(entry);
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const hash = createHash("sha256");
  for (const name of names.toSorted()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  const sdk = readFileSync(fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json")), "utf8");
  hash.update((JSON.parse(sdk) as { version: string }).version);
  return hash.digest("hex").slice(0, FINGERPRINT_LENGTH);
}
