import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ProcessName } from "./contestant-process.ts";
import type { ServerAddresses } from "./contestant.ts";
import type { LoadPlan, LoadResult } from "../load.ts";

/** No order takes so long: what hangs is ended, and does not run. */
const ANSWERS_WITHIN_MS = 180_000;

export interface ContestantChild {
  pid: number;
  load(order: LoadPlan): Promise<LoadResult>;
  end(): Promise<void>;
}

/** Starts a contestant in a process of its own; rejects with what it said last where it cannot run here. */
export async function startContestant(name: ProcessName, places: ServerAddresses): Promise<ContestantChild> {
  const program = fileURLToPath(new URL("./contestant-process.ts", import.meta.url));
  const child = fork(program, [name, JSON.stringify(places)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = () =>
    new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(() => child.kill("SIGKILL"), ANSWERS_WITHIN_MS);
      const failed = () => {
        clearTimeout(late);
        reject(new Error(`${name} ended: ${lastError(said) || `no answer within ${ANSWERS_WITHIN_MS} ms`}`));
      };
      child.once("exit", failed);
      child.once("message", (message) => {
        clearTimeout(late);
        child.off("exit", failed);
        resolve(message);
      });
    });
  await answer();
  return {
    pid: child.pid ?? 0,
    async load(order) {
      const result = answer();
      child.send(order);
      return (await result) as LoadResult;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send("end");
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(late);
    },
  };
}

function lastError(text: string): string {
  const lines = text.trim().split("\n");
  return lines.find((line) => /error/i.test(line))?.trim() ?? lines.at(-1) ?? "";
}
