import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { installPackages, mayInstallPackages } from "../../../../infra/sandbox/programs/apt-packages.ts";
import { findOnPath } from "../../../../infra/sandbox/programs/run-program.ts";
import { NotRun } from "../not-run.ts";

/** Finds a program that a fault needs, or throws `NotRun`. As root on Debian it installs the package. */
export async function needProgram(program: string, packageName: string, progress: Progress): Promise<string> {
  const found = findProgram(program);
  if (found !== null) return found;
  const hint = `the program ${program} is missing (Debian: apt-get install ${packageName})`;
  if (!mayInstallPackages()) throw new NotRun(hint);
  progress.step(`  ${program}: installing ${packageName} with apt-get, once`);
  const failure = await installPackages(packageName);
  if (failure !== null) throw new NotRun(`${hint}, and installing it failed: ${String(failure)}`);
  const installed = findProgram(program);
  if (installed === null) throw new NotRun(hint);
  return installed;
}

export function needRoot(feature: string): void {
  if (!isRoot()) throw new NotRun(`${feature} needs root`);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** System tools are in folders that may not be on the PATH. */
function findProgram(program: string): string | null {
  return findOnPath(program, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` });
}
