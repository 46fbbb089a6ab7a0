import { existsSync } from "node:fs";
import { consoleProgress } from "../../infra/dev/progress.ts";
import { onPath, run } from "../../infra/dev/programs.ts";

/** A Chromium to drive: `CHROMIUM_PATH`, the PATH, else Debian's, installed once where that is allowed. */
export async function findChromium(): Promise<string> {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return named;
  const found = installed();
  if (found !== null) return found;
  const isDebianRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (isDebianRoot) await install();
  const program = installed();
  if (program === null)
    throw new Error("The tests of the chat page need a Chromium: install one, or set CHROMIUM_PATH to it.");
  return program;
}

function installed(): string | null {
  return ["chromium", "chromium-browser", "google-chrome"].reduce<string | null>(
    (found, name) => found ?? onPath(name, process.env),
    null,
  );
}

async function install(): Promise<void> {
  consoleProgress().step("Chromium: installing it with apt-get, once (about 100 MB)");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], env);
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], env);
}
