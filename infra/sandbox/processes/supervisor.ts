import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { join } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";
import { openRunRecord } from "./run-record.ts";
import { UserError } from "../../runtime/errors.ts";
import { startReaper } from "./start-reaper.ts";

export interface ServiceSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  cwd?: string;
  /** The signal that ends it. Postgres needs SIGINT for a fast and clean end. */
  endWith?: NodeJS.Signals;
  /** Removes leftovers of a killed process. Runs before every start. */
  prepare?(): Promise<void>;
  /** Called again until it returns true or the time limit is over. */
  isReady(): Promise<boolean>;
  readyWithinMs?: number;
}

export interface RunningService {
  name: string;
  pid: number;
  logFile: string;
}

/** A busy machine needs long for a start. A service that ends during it is reported at once. */
const READY_MS = 60_000;
const END_MS = 10_000;
const POLL_MS = 40;

/**
 * Starts, watches and ends child processes. Each has its own process group, so that Ctrl-C reaches only the launcher, which ends them in
 * order. A reaper ends them if the launcher cannot.
 */
export function createSupervisor({
  dataDir,
  onLeftover,
}: {
  dataDir: string;
  onLeftover(name: string): void;
}) {
  mkdirSync(join(dataDir, "logs"), { recursive: true, mode: 0o700 });
  const record = openRunRecord(dataDir, onLeftover);
  const reaper = startReaper();
  const running = new Map<string, { spec: ServiceSpec; child: ChildProcess; identity: ProcessIdentity }>();
  let ended = false;

  async function start(spec: ServiceSpec): Promise<RunningService> {
    await spec.prepare?.();
    // A slow installation can end after another service has failed. Its process would never be ended.
    if (ended) throw new UserError(`${spec.name} was not started, because all services are being stopped.`);
    const logFile = join(dataDir, "logs", `${spec.name}.log`);
    const log = openSync(logFile, running.has(spec.name) ? "a" : "w", 0o600);
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
    running.set(spec.name, { spec, child, identity: identify(pid) });
    record.add(spec.name, pid);
    reaper.add(pid);
    await waitUntilReady(spec, child, logFile);
    return { name: spec.name, pid, logFile };
  }

  async function end(name: string, signal?: NodeJS.Signals): Promise<void> {
    const service = running.get(name);
    if (service === undefined) return;
    const { child, spec, identity } = service;
    if (child.exitCode === null && child.signalCode === null) child.kill(signal ?? spec.endWith ?? "SIGTERM");
    await waitUntilGone(identity, END_MS);
    if (isAlive(identity)) child.kill("SIGKILL");
    await waitUntilGone(identity, END_MS);
    record.remove(identity.pid);
    reaper.remove(identity.pid);
  }

  return {
    start,
    end,
    /** Starts a service again with the same options. */
    async restart(name: string): Promise<RunningService> {
      const service = running.get(name);
      if (service === undefined) throw new Error(`No service is named ${name}.`);
      await end(name);
      return await start(service.spec);
    },
    pidOf: (name: string) => running.get(name)?.child.pid ?? null,
    /** The last started is ended first. After that, no service can start. */
    async endAll(): Promise<void> {
      ended = true;
      for (const name of [...running.keys()].toReversed()) await end(name);
      running.clear();
      reaper.close();
      record.close();
    },
  };
}

export type Supervisor = ReturnType<typeof createSupervisor>;

async function waitUntilReady(spec: ServiceSpec, child: ChildProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + (spec.readyWithinMs ?? READY_MS);
  while (!(await spec.isReady().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new UserError(
        `${spec.name} ended while it started (${child.exitCode ?? child.signalCode}): see ${logFile}. --fresh starts with empty data.`,
      );
    }
    if (Date.now() > deadline) throw new UserError(`${spec.name} was not ready in time: see ${logFile}.`);
    await pause();
  }
}

async function waitUntilGone(identity: ProcessIdentity, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (isAlive(identity) && Date.now() < deadline) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
