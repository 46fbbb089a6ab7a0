import { existsSync } from "node:fs";
import { runProgram } from "./run-program.ts";

/** Installs packages of Debian. False where this user cannot. A package may start a service of its own on its usual port; ours use others. */
export async function installPackages(...packages: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await runProgram("apt-get", ["update", "-qq"], env);
    await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], env);
    return true;
  } catch {
    // Not logged: the caller says what is missing.
    return false;
  }
}
