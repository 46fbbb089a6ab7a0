import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { findOnPath, runProgram } from "../../../../infra/sandbox/programs/run-program.ts";
import { NotRun } from "../not-run.ts";
import { needProgram } from "./debian-packages.ts";

export interface SkewedClock {
  /** The settings of the process with the skewed clock. */
  env: Readonly<Record<string, string>>;
  /** Sets the offset of the clock, which may be negative. Timers are not affected. */
  set(seconds: number): void;
  close(): void;
}

/** Moves the wall clock of a running process with libfaketime, which reads the offset from a file. */
export async function openSkewedClock(progress: Progress): Promise<SkewedClock> {
  const folder = mkdtempSync(join(tmpdir(), "parley-clock-"));
  const file = join(folder, "offset");
  const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}s\n`);
  set(0);
  return {
    env: {
      LD_PRELOAD: await libraryPath(progress),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function libraryPath(progress: Progress): Promise<string> {
  await needProgram("faketime", "faketime", progress);
  const dpkg = findOnPath("dpkg", process.env);
  const listed =
    dpkg === null ? "" : await runProgram(dpkg, ["-L", "libfaketime"], process.env).catch(() => "");
  const library = listed.split("\n").find((path) => path.endsWith("libfaketimeMT.so.1") && existsSync(path));
  if (library === undefined)
    throw new NotRun("the library libfaketimeMT.so.1 is not in the place that its package lists");
  return library;
}
