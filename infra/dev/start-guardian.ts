import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { identify, type ProcessIdentity } from "./process-identity.ts";

export interface GuardianOrder {
  add?: ProcessIdentity;
  remove?: number;
  /** Removed when the guardian ends. */
  folder?: string;
}

export type Guardian = ReturnType<typeof startGuardian>;

/** Starts the process that ends ours when this one is gone, however it went. */
export function startGuardian() {
  const { stdin } = spawn(process.execPath, [fileURLToPath(new URL("./guardian.ts", import.meta.url))], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Somebody killed it: `run.json` is left, and no reason to fall over.
  stdin.on("error", () => undefined);
  const tell = (order: GuardianOrder) => {
    if (stdin.writable) stdin.write(`${JSON.stringify(order)}\n`);
  };
  return {
    add: (pid: number) => tell({ add: identify(pid) }),
    remove: (pid: number) => tell({ remove: pid }),
    removeAtEnd: (folder: string) => tell({ folder }),
    close: () => stdin.end(),
  };
}
