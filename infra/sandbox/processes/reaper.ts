import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import type { ReaperCommand } from "./start-reaper.ts";

/**
 * Ends all processes of the launcher when the launcher ends, and removes its unfinished builds. The launcher keeps the other end of stdin
 * open, so stdin closes with the launcher, also after kill -9. Each line of stdin is a `ReaperCommand`.
 */
const GRACE_MS = 4_000;
const watched = new Map<number, ProcessIdentity>();
const folders = new Set<string>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const command = JSON.parse(line) as ReaperCommand;
  if (command.add !== undefined) watched.set(command.add.pid, command.add);
  if (command.remove !== undefined) watched.delete(command.remove);
  if (command.folder !== undefined) folders.add(command.folder);
});
lines.on("close", () => void endAll());

async function endAll(): Promise<void> {
  // The last started is ended first: a server ends after its clients.
  const last = [...watched.values()].toReversed();
  for (const identity of last) signalProcess(identity, "SIGTERM");
  const deadline = Date.now() + GRACE_MS;
  while (Date.now() < deadline && last.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const identity of last) signalProcess(identity, "SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
