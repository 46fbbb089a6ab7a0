import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { identify, type ProcessIdentity } from "./process-identity.ts";

export interface ReaperCommand {
  add?: ProcessIdentity;
  remove?: number;
  /** A folder to remove when the reaper ends. */
  folder?: string;
}

export type Reaper = ReturnType<typeof startReaper>;

/** Starts the process that ends our processes when this one has ended for any reason. */
export function startReaper() {
  const { stdin } = spawn(process.execPath, [fileURLToPath(new URL("./reaper.ts", import.meta.url))], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // If the reaper was killed, `run.json` still lists the processes.
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
