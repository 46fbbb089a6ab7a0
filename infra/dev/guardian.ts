import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import type { GuardianOrder } from "./start-guardian.ts";

/**
 * Outlives the launcher by a moment: the launcher holds the other end of stdin, and when that closes, however the launcher ended,
 * everything it started is ended too, and what it built halfway is removed. Lines are `GuardianOrder`s.
 */
const GRACE_MS = 4_000;
const guarded = new Map<number, ProcessIdentity>();
const folders = new Set<string>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const order = JSON.parse(line) as GuardianOrder;
  if (order.add !== undefined) guarded.set(order.add.pid, order.add);
  if (order.remove !== undefined) guarded.delete(order.remove);
  if (order.folder !== undefined) folders.add(order.folder);
});
lines.on("close", () => void endAll());

async function endAll(): Promise<void> {
  // Last started, first ended: servers outlive what talks to them.
  const last = [...guarded.values()].toReversed();
  for (const identity of last) signalProcess(identity, "SIGTERM");
  const deadline = Date.now() + GRACE_MS;
  while (Date.now() < deadline && last.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const identity of last) signalProcess(identity, "SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
