import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consoleProgress, type Progress } from "../../infra/dev/progress.ts";
import { startStack } from "../../infra/dev/stack.ts";
import { forgetInstallation } from "../support/forget-installation.ts";
import type { Benchmark, BenchReport } from "./benchmark.ts";
import { fairness } from "./fairness.ts";
import { ingress } from "./ingress.ts";
import { shape } from "./shape.ts";

const BENCHMARKS: readonly Benchmark[] = [shape, ingress, fairness];
const NAMES = BENCHMARKS.map(({ name }) => name);
const USAGE = `Usage: npm run bench -- [${[...NAMES, "all"].join("|")}]… [--json]\nWithout a name: shape.\n`;

const chosen = choose(process.argv.slice(2));
if (chosen === null) {
  process.stderr.write(USAGE);
  process.exit(2);
}
forgetInstallation();
const progress = consoleProgress();
const reports: BenchReport[] = [];
for (const benchmark of chosen.benchmarks) reports.push(await run(benchmark, progress, chosen.json));
const ok = reports.every((report) => report.ok);
// One benchmark is its own report; several are listed.
const whole = reports.length === 1 ? reports[0] : { ok, benchmarks: reports };
if (chosen.json) process.stdout.write(`${JSON.stringify(whole)}\n`);
process.exit(ok ? 0 : 1);

async function run({ name, about, measure }: Benchmark, told: Progress, json: boolean): Promise<BenchReport> {
  told.step(`Benchmark ${name}: ${about}`);
  const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const stack = await startStack({ dataDir, progress: told, ports: "free" });
  try {
    const { report, lines } = await measure({ stack, progress: told });
    told.done();
    const verdict = report.ok ? "The bars hold." : "The bars do NOT hold.";
    if (!json) process.stdout.write(`${[...lines, verdict, ""].join("\n")}\n`);
    return report;
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Null where it was called wrongly. */
function choose(args: string[]): { benchmarks: readonly Benchmark[]; json: boolean } | null {
  const parsed = parse(args);
  if (parsed === null || parsed.values.json === undefined) return null;
  const { positionals, values } = parsed;
  const names = positionals.length === 0 ? ["shape"] : positionals;
  if (!names.every((name) => name === "all" || NAMES.includes(name))) return null;
  const benchmarks = BENCHMARKS.filter(({ name }) => names.includes("all") || names.includes(name));
  return { benchmarks, json: values.json };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { json: { type: "boolean", default: false } },
      allowPositionals: true,
    });
  } catch {
    return null;
  }
}
