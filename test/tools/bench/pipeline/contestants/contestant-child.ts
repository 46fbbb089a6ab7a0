import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ProcessName } from "./contestant-process.ts";
import type { ServerAddresses } from "./contestant.ts";
import type { LoadPlan, LoadResult } from "../load.ts";

/** Longer than every order. A contestant that hangs is ended and counts as not run. */
const RESPONSE_WITHIN_MS = 180_000;

export interface ContestantChild {
  pid: number;
  load(order: LoadPlan): Promise<LoadResult>;
  end(): Promise<void>;
}

/** Starts a contestant in a separate process. Rejects with its last output when it cannot run on this machine. */
export async function startContestant(name: ProcessName, places: ServerAddresses): Promise<ContestantChild> {
  const program = fileURLToPath(new URL("./contestant-process.ts", import.meta.url));
  const child = fork(program, [name, JSON.stringify(places)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = () =>
    new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(() => child.kill("SIGKILL"), RESPONSE_WITHIN_MS);
      const fail = () => {
        clearTimeout(late);
        reject(
          new Error(`${name} ended: ${lastError(said) || `no response within ${RESPONSE_WITHIN_MS} ms`}`),
        );
      };
      child.once("exit", fail);
      child.once("message", (message) => {
        clearTimeout(late);
        child.off("exit", fail);
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
