import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { inject, vi } from "vitest";
import { connectPostgres } from "../../db/postgres.ts";
import { createProgram } from "../../infra/ops/program.ts";
import { loadConfig } from "../../infra/runtime/config.ts";
import { configuredVault } from "../../infra/runtime/vault.ts";
import { cloneDatabase } from "../support/clone-database.ts";

const PARLEY = fileURLToPath(new URL("../../infra/ops/parley.ts", import.meta.url));

export interface Told {
  status: number;
  stdout: string;
  stderr: string;
  /** What --json gave, which has to be one object in one line. */
  answer: Record<string, unknown>;
}

/** The command line as an operator has it, on these settings; everything that it ever said is kept in `said`. */
export function openTerminal(settings: Record<string, string | undefined>) {
  const said: string[] = [];
  const heard = ({ status, stdout, stderr }: Omit<Told, "answer">): Told => {
    said.push(stdout, stderr);
    return { status, stdout, stderr, answer: stdout.startsWith("{") ? jsonLine(stdout) : {} };
  };
  return {
    said,
    /** In this process: the same program with the same arguments, without the second that a new process takes. */
    parley: async (...args: string[]) => heard(await runHere(settings, args)),
    /** As a process of its own. */
    spawnParley: async (args: readonly string[], stdin = "") => heard(await runThere(settings, args, stdin)),
  };
}

export type Terminal = ReturnType<typeof openTerminal>;

/** A terminal on a database of its own. */
export async function openDesk(settings: Record<string, string> = {}) {
  const shared = inject("stackEnv");
  const name = `cli_${randomBytes(5).toString("hex")}`;
  const database = await cloneDatabase(shared["DATABASE_URL"] ?? "", name);
  const env = { ...shared, PARLEY_TASK_QUEUE: name, ...settings, DATABASE_URL: database.url };
  const db = connectPostgres({
    url: database.url,
    maxConnections: 2,
    applicationName: "test",
    onError: () => undefined,
  });
  const config = loadConfig(env);
  return {
    ...openTerminal(env),
    db,
    config,
    vault: configuredVault(config),
    async close() {
      await db.$client.end();
      await database.drop();
    },
  };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

class Ended extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`ended with ${code}`);
    this.code = code;
  }
}

async function runHere(settings: Record<string, string | undefined>, args: readonly string[]) {
  const told = { stdout: "", stderr: "" };
  const listen = (name: "stdout" | "stderr") =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      told[name] += String(chunk);
      return true;
    });
  const ears = [listen("stdout"), listen("stderr")];
  const before = { ...process.env };
  Object.assign(process.env, settings);
  try {
    const program = createProgram((code) => {
      throw new Ended(code);
    });
    await program.parseAsync(args, { from: "user" });
    return { status: Number(process.exitCode ?? 0), ...told };
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    return { status: error.code, ...told };
  } finally {
    for (const ear of ears) ear.mockRestore();
    process.exitCode = undefined;
    for (const name of Object.keys(settings)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function runThere(
  settings: Record<string, string | undefined>,
  args: readonly string[],
  stdin: string,
) {
  const child = spawn(process.execPath, [PARLEY, ...args], { env: { ...process.env, ...settings } });
  child.stdin.end(stdin);
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}

function jsonLine(stdout: string): Record<string, unknown> {
  if (!/^\{.*\}\n$/.test(stdout)) throw new Error(`This is not one JSON object in one line: ${stdout}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
