import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The path of the program on the PATH, or null. */
export function findOnPath(program: string, env: Environment): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}

/** True for an executable file; a folder is executable too. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Rejects with the last line of stderr. With `onStart` the program has its own process group, which can be ended as a whole. */
export function runProgram(
  command: string,
  args: string[],
  env: Environment,
  onStart?: (pid: number) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const detached = onStart !== undefined;
    const child = spawn(command, args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"], detached });
    if (child.pid !== undefined) onStart?.(child.pid);
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out.join(""));
      else reject(new Error(err.join("").trim().split("\n").at(-1) || `${command} ended with ${code}`));
    });
  });
}
