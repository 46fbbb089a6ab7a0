import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { createDatabase } from "../pipeline/servers/bench-servers.ts";

const run = promisify(execFile);
const SAMPLE = fileURLToPath(new URL("../../../../infra/sandbox/sample/knowledge", import.meta.url));
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** High enough that no limit and no budget changes the work of a message. */
const NO_LIMITS = {
  PARLEY_DAILY_BUDGET_USD: "100000",
  PARLEY_CONTACT_RATE_PER_MINUTE: "100000",
  PARLEY_CONTACT_RATE_BURST: "100000",
  PARLEY_TENANT_RATE_PER_MINUTE: "10000000",
  PARLEY_TENANT_RATE_BURST: "10000000",
};

export interface RevisionOptions {
  /** Part of the names of its processes, its database and its task queues. */
  name: string;
  /** The folder of its checkout. */
  root: string;
  /** Ingress and worker as two processes, or one process that starts workflows eagerly. */
  shape: "apart" | "eager";
  /** Where its tenant's outgoing events are posted; null is no endpoint. */
  eventsUrl: string | null;
  /** More settings of its processes. */
  settings?: Readonly<Record<string, string>>;
  /** Where its tenant's replies are posted, in place of the fake. */
  repliesUrl?: string;
}

export interface OpenRevision {
  url: string;
  webhookSecret: string;
  databaseUrl: string;
  /** The names of its processes in the sandbox. */
  processes: readonly string[];
  /** Starts one more worker; returns its name. */
  addWorker(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts the processes of any revision of Parley, with the sample documents of this one. Only the command line, the settings and the
 * webhooks of the other revision are used, so it may lack every tool of this one.
 */
export async function openRevision(sandbox: Sandbox, options: RevisionOptions): Promise<OpenRevision> {
  const { name, root, shape, eventsUrl, settings = {}, repliesUrl } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env: Record<string, string> = {
    ...dropUnknownSettings(sandbox.env, root),
    ...NO_LIMITS,
    DATABASE_URL: await createDatabase(sandbox.env["DATABASE_URL"] ?? "", `bench_${name}`),
    PARLEY_TASK_QUEUE: `bench-${name}`,
    PORT: String(port),
    PUBLIC_BASE_URL: url,
    LOG_LEVEL: "warn",
    // Two installations would use the same port.
    CODEC_SERVER_PORT: "",
    ...allowHosts(sandbox.env, [eventsUrl, repliesUrl]),
    ...(repliesUrl === undefined ? {} : { WEBHOOK_DELIVERY_URL: repliesUrl }),
    ...settings,
  };
  const program = join(root, programOf(root));
  const runCommand = async (...args: string[]) =>
    await run(process.execPath, [program, ...args], { env, cwd: root, maxBuffer: MOST_OUTPUT_BYTES });
  await runCommand("migrate");
  await runCommand("ingest", SAMPLE);
  if (eventsUrl !== null) await runCommand("endpoints", "create", eventsUrl, "--json");
  const isReady = async () => (await fetch(`${url}/readyz`)).ok;
  const start = async (service: string, args: string[], ready: () => Promise<boolean>) => {
    const processName = `${service}-${name}`;
    await sandbox.start({
      name: processName,
      command: process.execPath,
      args: [program, ...args],
      env,
      cwd: root,
      isReady: ready,
    });
    return processName;
  };
  const processes =
    shape === "eager"
      ? [await start("api", ["api", "--with-worker"], isReady)]
      : [await start("api", ["api"], isReady), await start("worker", ["worker"], async () => true)];
  const added: string[] = [];
  return {
    url,
    webhookSecret: env["WEBHOOK_SECRET"] ?? "",
    databaseUrl: env["DATABASE_URL"] ?? "",
    processes,
    async addWorker() {
      const another = await start(`worker${added.length + 2}`, ["worker"], async () => true);
      added.push(another);
      return another;
    },
    async close() {
      // Killed, because a graceful end waits for the last activities.
      for (const each of [...processes, ...added]) await sandbox.end(each, "SIGKILL");
    },
  };
}

/** The file that `npm run parley` runs: its place has changed between revisions. */
function programOf(root: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string | undefined>;
  };
  const file = scripts["parley"]?.split(" ")[1];
  if (file === undefined) throw new Error(`${root} has no script "parley".`);
  return file;
}

/** Without the settings of this revision that the other one does not know. It would refuse to start. */
function dropUnknownSettings(env: Record<string, string>, root: string): Record<string, string> {
  const example = readFileSync(join(root, ".env.example"), "utf8");
  const known = new Set(Array.from(example.matchAll(/^#? ?(PARLEY_\w+)=/gm), ([, name]) => name));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith("PARLEY_") || known.has(name)),
  );
}

function allowHosts(
  env: Record<string, string>,
  urls: readonly (string | null | undefined)[],
): Record<string, string> {
  const hosts = urls.flatMap((url) => (typeof url === "string" ? [new URL(url).host] : []));
  if (hosts.length === 0) return {};
  return { EGRESS_ALLOW_HOSTS: [env["EGRESS_ALLOW_HOSTS"], ...hosts].filter(Boolean).join(",") };
}
