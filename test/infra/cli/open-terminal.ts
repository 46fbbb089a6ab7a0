import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { inject, vi } from "vitest";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { createProgram } from "../../../infra/cli/program.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { cloneDatabase } from "../../support/clone-database.ts";

const PARLEY = fileURLToPath(new URL("../../../infra/cli/parley.ts", import.meta.url));

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
  /** What --json gave, which has to be one object in one line. */
  json: Record<string, unknown>;
}

/** The command line as an operator has it, on these settings; everything that it ever said is kept in `said`. */
export function openTerminal(settings: Record<string, string | undefined>) {
  const outputs: string[] = [];
  const keepOutput = ({ status, stdout, stderr }: Omit<CommandResult, "json">): CommandResult => {
    outputs.push(stdout, stderr);
    return { status, stdout, stderr, json: stdout.startsWith("{") ? jsonLine(stdout) : {} };
  };
  return {
    outputs,
    /** In this process: the same program with the same arguments, without the second that a new process takes. */
    parley: async (...args: string[]) => keepOutput(await runInProcess(settings, args)),
    /** As a process of its own. */
    spawnParley: async (args: readonly string[], stdin = "") =>
      keepOutput(await runInChild(settings, args, stdin)),
  };
}

export type Terminal = ReturnType<typeof openTerminal>;

/** A terminal on a database of its own. */
export async function openTerminalWithDatabase(settings: Record<string, string> = {}) {
  const shared = inject("sandboxEnv");
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
    vault: createConfiguredVault(config),
    async close() {
      await db.$client.end();
      await database.drop();
    },
  };
}

export type TerminalWithDatabase = Awaited<ReturnType<typeof openTerminalWithDatabase>>;

/** `process.stdout` is a terminal of this width until the returned function is called. */
export function setTerminalWidth(columns: number): () => void {
  const names = ["isTTY", "columns"] as const;
  const before = names.map((name) => Object.getOwnPropertyDescriptor(process.stdout, name));
  Object.defineProperty(process.stdout, "isTTY", { value: true, configurable: true });
  Object.defineProperty(process.stdout, "columns", { value: columns, configurable: true });
  return () => {
    for (const [i, name] of names.entries()) {
      Reflect.deleteProperty(process.stdout, name);
      const descriptor = before[i];
      if (descriptor !== undefined) Object.defineProperty(process.stdout, name, descriptor);
    }
  };
}

class ProgramExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`ended with ${code}`);
    this.code = code;
  }
}

async function runInProcess(settings: Record<string, string | undefined>, args: readonly string[]) {
  const output = { stdout: "", stderr: "" };
  const listen = (name: "stdout" | "stderr") =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      output[name] += String(chunk);
      return true;
    });
  const spies = [listen("stdout"), listen("stderr")];
  const before = { ...process.env };
  Object.assign(process.env, settings);
  try {
    const program = createProgram((code) => {
      throw new ProgramExit(code);
    });
    await program.parseAsync(args, { from: "user" });
    return { status: Number(process.exitCode ?? 0), ...output };
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
    return { status: error.code, ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
    for (const name of Object.keys(settings)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function runInChild(
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
