import { existsSync } from "node:fs";
import { consoleProgress } from "../../infra/sandbox/progress.ts";
import { findOnPath, runProgram } from "../../infra/sandbox/programs/run-program.ts";

/** Finds a Chromium: `CHROMIUM_PATH`, the PATH, or the package of Debian, which is installed when the process is root. */
export async function findChromium(): Promise<string> {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return named;
  const found = findInstalled();
  if (found !== null) return found;
  const isDebianRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (isDebianRoot) await install();
  const program = findInstalled();
  if (program === null)
    throw new Error("The tests of the chat page need a Chromium: install one, or set CHROMIUM_PATH to it.");
  return program;
}

function findInstalled(): string | null {
  return ["chromium", "chromium-browser", "google-chrome"].reduce<string | null>(
    (found, name) => found ?? findOnPath(name, process.env),
    null,
  );
}

async function install(): Promise<void> {
  consoleProgress().step("Chromium: installing it with apt-get, once (about 100 MB)");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runProgram("apt-get", ["update", "-qq"], env);
  await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], env);
}
