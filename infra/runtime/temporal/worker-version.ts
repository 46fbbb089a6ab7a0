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

/** The version of these workers, or null without Worker Versioning. `entry` is the module that exports the workflows. */
export function workerVersion(settings: VersionSettings, entry = WORKFLOWS): WorkerVersion | null {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } = settings;
  if (deploymentName === undefined) return null;
  return { deploymentName, buildId: buildId ?? workflowFingerprint(entry) };
}

/** A run ends on the version on which it began, unless its workflow says otherwise: `workflows/versioned.ts`. */
export function deploymentOptions(version: WorkerVersion): WorkerDeploymentOptions {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: "PINNED" };
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** The folders of the code that a turn runs through, apart from the workflows. */
const CODE_OF_STEPS = ["activities", "db", "infra/runtime", "infra/channels"];

/** Names the code of this worker, so that a failure is counted for one release: the build id, or a fingerprint of all steps of a turn. */
export function readBuild(settings: VersionSettings, entry = WORKFLOWS): string {
  const version = workerVersion(settings, entry);
  if (version !== null) return version.buildId;
  const hash = createHash("sha256").update(workflowFingerprint(entry));
  for (const folder of CODE_OF_STEPS) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((file) => file.endsWith(".ts")).toSorted())
      hash.update(`${folder}/${name}\n`).update(readFileSync(join(ROOT, folder, name)));
  }
  return hash.digest("hex").slice(0, FINGERPRINT_LENGTH);
}

/**
 * The same on every machine; it changes with the workflow code and with the version of the SDK. Activities are not part of it, because a
 * history contains only their results.
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
