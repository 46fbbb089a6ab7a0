import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { identify, isAlive } from "./process-identity.ts";
import { openRunRecord } from "./run-record.ts";
import { StackError } from "./stack-error.ts";

export interface PartSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  cwd?: string;
  /** How it is asked to end; Postgres takes SIGINT for "now, but in order". */
  endWith?: NodeJS.Signals;
  /** Resolves when it answers; it is asked again until the time is up. */
  isReady(): Promise<boolean>;
  readyWithinMs?: number;
}

export interface RunningPart {
  name: string;
  pid: number;
  logFile: string;
}

const END_MS = 10_000;
const POLL_MS = 40;

/**
 * Starts, watches and ends child processes. Each has its own process group, so that Ctrl-C reaches the launcher alone, which ends
 * them in order; a guardian ends them when the launcher cannot.
 */
export function createSupervisor({
  dataDir,
  onLeftover,
}: {
  dataDir: string;
  onLeftover(name: string): void;
}) {
  mkdirSync(join(dataDir, "logs"), { recursive: true });
  const record = openRunRecord(dataDir, onLeftover);
  const guardian = spawn(process.execPath, [fileURLToPath(new URL("./guardian.ts", import.meta.url))], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  const running = new Map<string, { spec: PartSpec; child: ChildProcess }>();

  async function start(spec: PartSpec): Promise<RunningPart> {
    const logFile = join(dataDir, "logs", `${spec.name}.log`);
    const log = openSync(logFile, running.has(spec.name) ? "a" : "w");
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env ?? process.env,
      uid: spec.uid,
      gid: spec.gid,
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    const failed = new Promise<never>((_resolve, reject) => child.once("error", reject));
    failed.catch(() => undefined);
    if (child.pid === undefined) await failed;
    const pid = child.pid ?? 0;
    running.set(spec.name, { spec, child });
    record.add(spec.name, pid);
    guardian.stdin?.write(`${JSON.stringify({ add: identify(pid) })}\n`);
    await waitUntilReady(spec, child, logFile);
    return { name: spec.name, pid, logFile };
  }

  async function end(name: string, signal?: NodeJS.Signals): Promise<void> {
    const part = running.get(name);
    if (part === undefined || part.child.pid === undefined) return;
    const { child, spec } = part;
    const identity = identify(part.child.pid);
    if (child.exitCode === null && child.signalCode === null) child.kill(signal ?? spec.endWith ?? "SIGTERM");
    const deadline = Date.now() + END_MS;
    while (isAlive(identity) && Date.now() < deadline) await pause();
    if (isAlive(identity)) child.kill("SIGKILL");
    record.remove(identity.pid);
    guardian.stdin?.write(`${JSON.stringify({ remove: identity.pid })}\n`);
  }

  return {
    start,
    end,
    /** Starts a part again as it was started before. */
    async restart(name: string): Promise<RunningPart> {
      const part = running.get(name);
      if (part === undefined) throw new Error(`No part is named ${name}.`);
      return await start(part.spec);
    },
    pidOf: (name: string) => running.get(name)?.child.pid ?? null,
    /** Last started, first ended. */
    async endAll(): Promise<void> {
      for (const name of [...running.keys()].toReversed()) await end(name);
      guardian.stdin?.end();
      record.close();
    },
  };
}

export type Supervisor = ReturnType<typeof createSupervisor>;

async function waitUntilReady(spec: PartSpec, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + (spec.readyWithinMs ?? 30_000);
  while (!(await spec.isReady().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new StackError(
        `${spec.name} ended while it started (${child.exitCode ?? child.signalCode}): ${logFile} says why; --fresh begins with empty data.`,
      );
    }
    if (Date.now() > deadline)
      throw new StackError(`${spec.name} did not answer in time: ${logFile} says why.`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
