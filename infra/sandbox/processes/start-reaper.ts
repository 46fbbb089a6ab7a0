import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { identify, type ProcessIdentity } from "./process-identity.ts";

export interface ReaperCommand {
  add?: ProcessIdentity;
  remove?: number;
  /** Removed when the reaper ends. */
  folder?: string;
}

export type Reaper = ReturnType<typeof startReaper>;

/** Starts the process that ends ours when this one is gone, however it went. */
export function startReaper() {
  const { stdin } = spawn(process.execPath, [fileURLToPath(new URL("./reaper.ts", import.meta.url))], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Somebody killed it: `run.json` is left, and no reason to fall over.
  stdin.on("error", () => undefined);
  const sendCommand = (command: ReaperCommand) => {
    if (stdin.writable) stdin.write(`${JSON.stringify(command)}\n`);
  };
  return {
    add: (pid: number) => sendCommand({ add: identify(pid) }),
    remove: (pid: number) => sendCommand({ remove: pid }),
    removeAtEnd: (folder: string) => sendCommand({ folder }),
    close: () => stdin.end(),
  };
}
