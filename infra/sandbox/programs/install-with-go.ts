import { mkdtempSync, renameSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../progress.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Reaper } from "../processes/start-reaper.ts";
import { type Environment, findOnPath, runProgram } from "./run-program.ts";

/** Module and build cache of a Temporal server's build, as measured: 4.6 GB. */
const BUILD_BYTES = 5 * 1024 ** 3;

export interface InstallOptions {
  progress: Progress;
  env: Environment;
  /** Ends the build and removes its gigabytes when this process is killed meanwhile. */
  reaper: Reaper;
}

export interface GoProgram {
  /** Import path with its version. */
  module: string;
  /** What `go install` calls it. */
  program: string;
  /** Where it is to stand. */
  target: string;
}

/** Builds programs in a temporary folder, which is removed with all of Go's caches; throws the last line that Go said. */
export async function installWithGo(
  programs: readonly GoProgram[],
  { progress, env, reaper }: InstallOptions,
): Promise<void> {
  const go = findOnPath("go", env);
  if (go === null) throw new Error("Go is not installed");
  const free = statfsSync(tmpdir());
  if (free.bavail * free.bsize < BUILD_BYTES) {
    throw new UserError(
      `Building the Temporal server needs 5 GB in ${tmpdir()} for a while: free some, or set TMPDIR to a folder that has it.`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "parley-temporal-"));
  reaper.removeAtEnd(folder);
  const began = Date.now();
  const timer = setInterval(() => {
    progress.tick(
      `  building the Temporal server with Go: ${Math.round((Date.now() - began) / 1000)} s so far, usually about 4 minutes, once`,
    );
  }, 1_000);
  try {
    const caches = {
      GOBIN: folder,
      GOPATH: join(folder, "path"),
      GOMODCACHE: join(folder, "mod"),
      GOCACHE: join(folder, "cache"),
    };
    // Without -modcacherw Go makes its module cache read-only, and the reaper could not remove it.
    const install = ["install", "-modcacherw", "-ldflags=-s -w", ...programs.map(({ module }) => module)];
    await runProgram(go, install, { ...env, ...caches }, (pid) => reaper.add(pid));
    for (const { program, target } of programs) {
      // Copied beside its place first: a rename across file systems fails, and half a program must never stand there.
      await runProgram("cp", [join(folder, program), `${target}.new`], env);
      renameSync(`${target}.new`, target);
    }
  } finally {
    clearInterval(timer);
    progress.done();
    // A toolchain that Go fetches for itself is read-only all the same.
    await runProgram("chmod", ["-R", "u+w", folder], env).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
