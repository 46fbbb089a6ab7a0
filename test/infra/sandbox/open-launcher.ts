import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

const DEV = new URL("../../../infra/sandbox/", import.meta.url);

export interface Launcher {
  child: ChildProcess;
  pid: number;
  /** What it reported with `report(…)` when it was up. */
  report: unknown;
}

/**
 * A launcher in a process of its own, so that it can be killed. `code` is its program: it has `dev(file)`, which imports a file of
 * infra/sandbox, and `report(value)`, which says that it is up; it then stays.
 */
export async function openLauncher(code: string, env: Record<string, string> = {}): Promise<Launcher> {
  const program = `
    const dev = (file) => import(${JSON.stringify(DEV.href)} + file);
    const report = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    setInterval(() => undefined, 1000);
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    // A group of its own, as a shell gives to what it starts: Ctrl-C is a signal to all of it.
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (exit, signal) => reject(new Error(`The launcher ended: ${exit ?? signal}`)));
  });
  return { child, pid: child.pid ?? 0, report: JSON.parse(line) as unknown };
}
