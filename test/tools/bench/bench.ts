import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { consoleProgress, type Progress } from "../../../infra/sandbox/progress.ts";
import { startSandbox } from "../../../infra/sandbox/sandbox.ts";
import { clearInstallationSettings } from "../../support/clear-settings.ts";
import { type Benchmark, type BenchOptions, type BenchReport, SERVER_KINDS } from "./benchmark.ts";
import { hasParts } from "./has-parts.ts";
import { budget } from "./budget/budget.ts";
import { cells } from "./cells/cells.ts";
import { compare } from "./compare/compare.ts";
import { type ChartedReport, writePage, writeSvgs } from "./charts/write-charts.ts";
import { cost } from "./cost/cost.ts";
import { fairness } from "./fairness/fairness.ts";
import { growth } from "./growth/growth.ts";
import { ingress } from "./ingress/ingress.ts";
import { modelPlace } from "./model-place/model-place.ts";
import { pipeline } from "./pipeline/pipeline.ts";
import { realSteps } from "./real-steps/real-steps.ts";
import { recovery } from "./recovery/recovery.ts";
import { reindex } from "./reindex/reindex.ts";
import { scale } from "./scale/scale.ts";
import { serverSettings } from "./server-settings/server-settings.ts";

const BENCHMARKS: readonly Benchmark[] = [
  pipeline,
  realSteps,
  cost,
  compare,
  modelPlace,
  scale,
  cells,
  serverSettings,
  ingress,
  budget,
  fairness,
  recovery,
  growth,
  reindex,
];
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** The exit code of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;
const NAMES = BENCHMARKS.map(({ name }) => name);
const USAGE = `Usage: npm run bench -- [${[...NAMES, "all"].join("|").replace("compare", "compare REV")}]… [--json] [--quick] [--full] [--server ${SERVER_KINDS.join("|")}] [--only PART,PART] [--html FILE] [--svg FOLDER]\nWithout a name: pipeline.\n${listParts()}`;

const chosen = choose(process.argv.slice(2));
if (chosen === null) {
  process.stderr.write(USAGE);
  process.exit(2);
}
clearInstallationSettings();
const progress = consoleProgress();
const reports: BenchReport[] = [];
const charted: ChartedReport[] = [];
for (const benchmark of chosen.benchmarks) reports.push(await run(benchmark, progress, chosen));
if (chosen.html !== undefined) writePage(chosen.html, charted);
if (chosen.svg !== undefined) writeSvgs(chosen.svg, charted);
const ok = reports.every((report) => report.ok);
// One benchmark prints its report, several print a list.
const whole = reports.length === 1 ? reports[0] : { ok, benchmarks: reports };
if (chosen.json) process.stdout.write(`${JSON.stringify(whole)}\n`);
process.exit(ok ? 0 : 1);

async function run(
  { name, description, measure }: Benchmark,
  output: Progress,
  how: RunOptions,
): Promise<BenchReport> {
  output.step(`Benchmark ${name}: ${description}`);
  const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
  // The servers are in process groups of their own, so Ctrl-C does not reach them.
  let stop = async (): Promise<void> => undefined;
  const removeAll = async () => {
    await stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
    // Without its servers the benchmark fails, which is no news to the user who ended it.
    process.on("uncaughtException", () => undefined);
    void removeAll().finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    const sandbox = await startSandbox({ dataDir, progress: output, ports: "free" });
    stop = sandbox.stop;
    const { report, lines, charts = [] } = await measure({ sandbox, dataDir, progress: output, ...how });
    output.done();
    charted.push({ bench: name, lines, charts });
    const verdict = report.ok ? "The bars hold." : "The bars do NOT hold.";
    if (!how.json) process.stdout.write(`${[...lines, verdict, ""].join("\n")}\n`);
    return report;
  } catch (error) {
    if (isInterrupted) throw error;
    // The figures of the other benchmarks, which can be an hour of work, are kept.
    process.stderr.write(`Benchmark ${name} failed: ${inspect(error)}\n`);
    return { ok: false, bench: name, error: String(error) };
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await removeAll();
  }
}

function listParts(): string {
  const lines = BENCHMARKS.flatMap(({ name, parts }) =>
    parts === undefined ? [] : [`Parts of ${name}: ${parts.join(", ")}.\n`],
  );
  return lines.join("");
}

interface RunOptions extends Pick<BenchOptions, "quick" | "full" | "server" | "only" | "revision"> {
  json: boolean;
  /** Files for the charts. */
  html: string | undefined;
  svg: string | undefined;
}

/** Returns null when the arguments are wrong. */
function choose(args: string[]): (RunOptions & { benchmarks: readonly Benchmark[] }) | null {
  const parsed = parse(args);
  if (parsed === null) return null;
  const { positionals, values } = parsed;
  const { json, quick, full, html, svg } = values;
  const server = SERVER_KINDS.find((kind) => kind === values.server);
  if (server === undefined) return null;
  const { names, revision } = splitRevision(positionals.length === 0 ? ["pipeline"] : positionals);
  if (!names.every((name) => name === "all" || NAMES.includes(name))) return null;
  const benchmarks = BENCHMARKS.filter(
    ({ name, runsByNameOnly = false }) => names.includes(name) || (names.includes("all") && !runsByNameOnly),
  );
  // A comparison needs its revision.
  if (names.includes(compare.name) && revision === null) return null;
  const only = values.only === undefined ? null : new Set(values.only.split(","));
  if (only !== null && !hasParts(benchmarks, only)) return null;
  return { benchmarks, json, quick, full, server, only, revision, html, svg };
}

/** The argument after `compare` is its revision. */
function splitRevision(positionals: readonly string[]): { names: string[]; revision: string | null } {
  const place = positionals.indexOf(compare.name) + 1;
  const revision = place === 0 ? null : (positionals[place] ?? null);
  return { names: positionals.filter((_, i) => place === 0 || i !== place), revision };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        full: { type: "boolean", default: false },
        server: { type: "string", default: "dev" },
        only: { type: "string" },
        html: { type: "string" },
        svg: { type: "string" },
      },
      allowPositionals: true,
    });
  } catch {
    return null;
  }
}
