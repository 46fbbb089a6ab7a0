import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consoleProgress } from "../../../infra/sandbox/progress.ts";
import { startSandbox } from "../../../infra/sandbox/sandbox.ts";
import { openEmptyDatabase } from "../../support/empty-database.ts";
import { openTarget } from "./open-target.ts";
import { findSchemathesis, type FuzzBounds, type FuzzReport, runSchemathesis } from "./schemathesis.ts";

/*
 * `npm run fuzz:api -- [--json] [--examples 10] [--seconds 180] [--seed 1]`: every route of the OpenAPI document is called with
 * thousands of sound and unsound requests. No answer may be a 5xx, undocumented, or other than its schema. Exit code 0: none was.
 */

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    examples: { type: "string", default: "10" },
    seconds: { type: "string", default: "180" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
  },
});
const progress = consoleProgress();
const folder = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
const bounds = {
  examples: Number(values.examples),
  seconds: Number(values.seconds),
  seed: Number(values.seed),
};
try {
  const report = await fuzz(await findSchemathesis(progress), bounds);
  const text = values.json ? JSON.stringify({ ...report, ...bounds }) : inWords(report);
  process.stdout.write(`${text}\n`);
  process.exitCode = report.ok ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/** Uses the servers of the environment or starts its own, with a separate database. */
async function fuzz(program: string, asked: FuzzBounds): Promise<FuzzReport> {
  const sandbox = await startSandbox({ dataDir: join(folder, "stack"), progress, ports: "free" });
  try {
    const database = await openEmptyDatabase(sandbox.env["DATABASE_URL"], progress);
    const target = await openTarget(sandbox.env, database.url);
    progress.done();
    try {
      return await runSchemathesis(program, target, { ...asked, folder });
    } finally {
      await target.close();
      await database.close();
    }
  } finally {
    await sandbox.stop();
  }
}

function inWords({ ok, routes, requests, failures }: FuzzReport): string {
  const lines = failures.map(({ title, operations }) => `  ${title}: ${operations.join(", ")}`);
  return [`${requests} requests to ${routes} routes: ${ok ? "nothing found" : "failed"}`, ...lines].join(
    "\n",
  );
}
