import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** Everything behind the acknowledgement; `api` and `postgres` stay as they are. */
const BEHIND = ["worker", "temporal", "fakes"];
/** A weight of 272 against 1024: what `cpu_shares` in docker-compose.yml comes to. */
const NICE = "6";
/** Linux lets anybody do so, but not faster. */
const PAUSE_MS = 120;

/**
 * Gives ingress and database four times the share of CPU that each process behind them has, as docker-compose.yml does, by the scheduling
 * group that Linux makes of each session. Returns false where it makes none: then all have the same share.
 */
export async function prioritiseIngress(sandbox: Sandbox): Promise<boolean> {
  const pids = BEHIND.map((service) => sandbox.pidOf(service)).filter((pid) => pid !== null);
  for (const pid of pids) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, NICE);
    } catch {
      return false;
    }
    await sleep(PAUSE_MS);
  }
  return pids.every((pid) => readFileSync(`/proc/${pid}/autogroup`, "utf8").trim().endsWith(`nice ${NICE}`));
}
