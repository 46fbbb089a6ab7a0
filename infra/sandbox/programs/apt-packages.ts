import { existsSync } from "node:fs";
import { runProgram } from "./run-program.ts";

export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Installs packages of Debian. The reason where that failed, else null. A package may start a service of its own on its usual port; ours use others. */
export async function installPackages(...packages: string[]): Promise<Error | null> {
  if (!mayInstallPackages()) return new Error("it needs root and apt-get");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await runProgram("apt-get", ["update", "-qq"], env);
    await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], env);
    return null;
  } catch (error) {
    // Not logged: the caller says what is missing.
    return error instanceof Error ? error : new Error(String(error));
  }
}
