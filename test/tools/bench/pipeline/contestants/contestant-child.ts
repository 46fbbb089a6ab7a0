import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ContestantName } from "./registry.ts";
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
export async function startContestant(
  name: ContestantName,
  places: ServerAddresses,
): Promise<ContestantChild> {
  const program = fileURLToPath(new URL("./contestant-process.ts", import.meta.url));
  const child = fork(program, [name, JSON.stringify(places)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const awaitResponse = () =>
    new Promise<unknown>((resolve, reject) => {
      const timeout = setTimeout(() => child.kill("SIGKILL"), RESPONSE_WITHIN_MS);
      const rejectEnded = () => {
        clearTimeout(timeout);
        reject(
          new Error(`${name} ended: ${lastError(output) || `no response within ${RESPONSE_WITHIN_MS} ms`}`),
        );
      };
      child.once("exit", rejectEnded);
      child.once("message", (message) => {
        clearTimeout(timeout);
        child.off("exit", rejectEnded);
        resolve(message);
      });
    });
  await awaitResponse();
  return {
    pid: child.pid ?? 0,
    async load(order) {
      const result = awaitResponse();
      child.send(order);
      return (await result) as LoadResult;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send("end");
      const timeout = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(timeout);
    },
  };
}

function lastError(text: string): string {
  const lines = text.trim().split("\n");
  return lines.find((line) => /error/i.test(line))?.trim() ?? lines.at(-1) ?? "";
}
