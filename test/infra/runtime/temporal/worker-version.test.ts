import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { deploymentOptions, workerVersion } from "../../../../infra/runtime/temporal/worker-version.ts";

const WORKFLOWS = fileURLToPath(new URL("../../../../workflows", import.meta.url));

function copyOfWorkflows(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-version-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(WORKFLOWS, folder, { recursive: true });
  return folder;
}

it("workers have no version where no deployment is named", () => {
  expect(workerVersion({})).toBeNull();
  expect(workerVersion({ TEMPORAL_WORKER_BUILD_ID: "one" })).toBeNull();
});

it("a build id that is given is taken", () => {
  const named = { TEMPORAL_DEPLOYMENT_NAME: "shop", TEMPORAL_WORKER_BUILD_ID: "2026-11-25" };
  expect(workerVersion(named)).toEqual({ deploymentName: "shop", buildId: "2026-11-25" });
});

it("the build id without a setting is the hash of the workflow code", () => {
  const named = { TEMPORAL_DEPLOYMENT_NAME: "shop" };
  const copy = copyOfWorkflows();
  const ours = workerVersion(named);
  expect(ours?.buildId).toMatch(/^[0-9a-f]{16}$/);
  expect(workerVersion(named, join(copy, "index.ts"))).toEqual(ours);
  writeFileSync(join(copy, "names.ts"), "export const CHANGED = 1;\n");
  expect(workerVersion(named, join(copy, "index.ts"))?.buildId).not.toBe(ours?.buildId);
});

it("runs end on their version unless a workflow says otherwise", () => {
  const version = { deploymentName: "shop", buildId: "one" };
  expect(deploymentOptions(version)).toEqual({
    version,
    useWorkerVersioning: true,
    defaultVersioningBehavior: "PINNED",
  });
});
