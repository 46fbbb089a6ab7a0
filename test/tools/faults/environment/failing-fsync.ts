import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendantsOf } from "./freeze.ts";

export interface FailingFsync {
  /** Ends the fault and returns the number of failed calls. */
  stop(): Promise<number>;
}

const ATTACHED_MS = 800;

/** Makes every fsync of a process and its children fail with EIO, as on a failing disk. Needs strace. */
export async function openFailingFsync(pid: number): Promise<FailingFsync> {
  const folder = mkdtempSync(join(tmpdir(), "parley-strace-"));
  const log = join(folder, "calls");
  const pids = [pid, ...descendantsOf(pid)].flatMap((each) => ["-p", String(each)]);
  const calls = "fsync,fdatasync";
  const options = ["-f", "-qq", "-e", `trace=${calls}`, "-e", `inject=${calls}:error=EIO`, "-o", log];
  const strace = spawn("strace", [...options, ...pids], { stdio: "ignore" });
  const ended = new Promise((resolve) => strace.once("close", resolve));
  await new Promise((resolve) => setTimeout(resolve, ATTACHED_MS));
  return {
    async stop() {
      strace.kill("SIGINT");
      await ended;
      const hits = readFileSync(log, "utf8").match(/\(INJECTED\)/g)?.length ?? 0;
      rmSync(folder, { recursive: true, force: true });
      return hits;
    },
  };
}
