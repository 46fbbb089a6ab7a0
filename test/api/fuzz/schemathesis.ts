import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Progress } from "../../../infra/sandbox/progress.ts";
import type { FuzzTarget } from "./open-target.ts";

const VERSION = "4.32.5";
const run = promisify(execFile);

/** The `st` program in a separate Python environment in the user's cache. Creates it at the first use. */
export async function findSchemathesis(progress: Progress): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const home = join(cache, "parley", `schemathesis-${VERSION}`);
  const program = join(home, "bin", "st");
  const mark = join(home, "complete");
  if (existsSync(mark)) return program;
  progress.tick(`Schemathesis ${VERSION} comes from PyPI, once`);
  mkdirSync(cache, { recursive: true });
  await run("python3", ["-m", "venv", "--clear", home]);
  await run(join(home, "bin", "pip"), ["install", "--quiet", `schemathesis==${VERSION}`]);
  writeFileSync(mark, "");
  return program;
}

/** Excluded checks. They report no defects: whether a valid body is accepted depends on the channel and on the stored rows. */
const EXCLUDED_CHECKS = "positive_data_acceptance,ensure_resource_availability";

export interface FuzzBounds {
  /** Requests per route and phase. */
  examples: number;
  seconds: number;
  /** The same seed makes the same requests. */
  seed: number;
}

export interface FuzzReport {
  ok: boolean;
  routes: number;
  requests: number;
  /** Each kind of defect with the routes that have it. */
  failures: { title: string; operations: string[] }[];
}

/** Runs it against the target. Its output goes to stderr, and its findings are read from its report. */
export async function runSchemathesis(
  program: string,
  target: FuzzTarget,
  { examples, seconds, seed, folder }: FuzzBounds & { folder: string },
): Promise<FuzzReport> {
  const config = join(folder, "schemathesis.toml");
  const report = join(folder, "report.json");
  writeFileSync(config, configFor(target), { mode: 0o600 });
  const what = `${target.url}/openapi.json --include-path-regex ^/v1/ --exclude-path-regex /stream$`;
  const how = `--checks all --exclude-checks ${EXCLUDED_CHECKS} --continue-on-failure --request-timeout 10`;
  const calm = "--suppress-health-check all --warnings off --generation-database none";
  const bounds = `--max-examples ${examples} --max-time ${seconds} --seed ${seed}`;
  const words = `--no-color run ${what} ${how} ${calm} ${bounds} --report json`.split(" ");
  const command = [program, "--config-file", config, ...words, "--report-json-path", report];
  const code = await exitCodeOf(command, folder);
  const found = JSON.parse(readFileSync(report, "utf8")) as {
    operations: { tested: number };
    test_cases: { generated: number };
    failures: { title: string; operations: string[] }[];
  };
  return {
    ok: code === 0,
    routes: found.operations.tested,
    requests: found.test_cases.generated,
    failures: found.failures.map(({ title, operations }) => ({ title, operations })),
  };
}

/** The program leaves files in its working directory. */
async function exitCodeOf([program = "", ...words]: string[], folder: string): Promise<number> {
  const child = spawn(program, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.pipe(process.stderr);
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

function configFor({ tokens, ids }: FuzzTarget): string {
  const text = (value: string) => JSON.stringify(value);
  return [
    "[parameters]",
    ...Object.entries(ids).map(([name, id]) => `${text(`path.${name}`)} = ${text(id)}`),
    ...Object.entries(tokens).map(([scheme, token]) => `[auth.openapi.${scheme}]\nbearer = ${text(token)}`),
    "",
  ].join("\n");
}
