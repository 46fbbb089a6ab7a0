import { mkdtempSync, renameSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../progress.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Reaper } from "../processes/start-reaper.ts";
import { type Environment, findOnPath, runProgram } from "./run-program.ts";

/** A build of the Temporal server needs 4.6 GB for its module and build caches (measured). */
const BUILD_BYTES = 5 * 1024 ** 3;

export interface InstallOptions {
  progress: Progress;
  env: Environment;
  /** If this process is killed, it ends the build and removes the files. */
  reaper: Reaper;
}

export interface GoProgram {
  /** Import path with its version. */
  module: string;
  /** The file name that `go install` gives it. */
  program: string;
  /** The path to install it to. */
  target: string;
}

/** Builds programs in a temporary folder, and removes it with all of Go's caches. The error is the last line of Go's output. */
export async function installWithGo(
  programs: readonly GoProgram[],
  { progress, env, reaper }: InstallOptions,
): Promise<void> {
  const go = findOnPath("go", env);
  if (go === null) throw new Error("Go is not installed");
  const free = statfsSync(tmpdir());
  if (free.bavail * free.bsize < BUILD_BYTES) {
    throw new UserError(
      `The build of the Temporal server needs 5 GB in ${tmpdir()} for some minutes: free some space, or set TMPDIR to another folder.`,
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
      // A rename across file systems fails, and an incomplete program must never be at the target: copy next to it, then rename.
      await runProgram("cp", [join(folder, program), `${target}.new`], env);
      renameSync(`${target}.new`, target);
    }
  } finally {
    clearInterval(timer);
    progress.done();
    // A toolchain that Go downloads is read-only even with -modcacherw.
    await runProgram("chmod", ["-R", "u+w", folder], env).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
