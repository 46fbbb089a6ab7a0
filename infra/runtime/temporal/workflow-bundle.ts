import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";

const FAILURE_CONVERTER = fileURLToPath(new URL("./failure-converter.ts", import.meta.url));

/**
 * The workflow code as one file, cached by a fingerprint of its sources: to bundle takes about two seconds at each start of a worker.
 * `entry` is the module that exports the workflows.
 */
export async function buildWorkflowBundle(entry: string): Promise<{ codePath: string }> {
  const folder = join(tmpdir(), "parley-bundles");
  const codePath = join(folder, `${fingerprint(entry)}.cjs`);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    failureConverterPath: FAILURE_CONVERTER,
    logger: QUIET,
  });
  mkdirSync(folder, { recursive: true });
  const temporaryPath = `${codePath}.${process.pid}`;
  writeFileSync(temporaryPath, code);
  renameSync(temporaryPath, codePath);
  return { codePath };
}

/** Of everything in the bundle: the folder of the entry, `workflows/`, and the SDK's version. */
function fingerprint(entry: string): string {
  const workflows = fileURLToPath(new URL("../../../workflows/", import.meta.url));
  const sdk = fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json"));
  const files = [...new Set([dirname(entry), dirname(`${workflows}x`)])].flatMap((dir) =>
    readdirSync(dir)
      .filter((name) => name.endsWith(".ts"))
      .toSorted()
      .map((name) => join(dir, name)),
  );
  const hash = createHash("sha256").update(entry);
  for (const file of [...files, FAILURE_CONVERTER, sdk]) hash.update(file).update(readFileSync(file));
  return hash.digest("hex").slice(0, 24);
}

const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
