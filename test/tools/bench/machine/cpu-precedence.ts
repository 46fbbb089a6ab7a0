import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** The processes that do not affect the acknowledgement; `api` and `postgres` are unchanged. */
const BEHIND = ["worker", "temporal", "fakes"];
/** A weight of 272 against 1024, as `cpu_shares` in docker-compose.yml. */
const NICE = "6";
/** Linux limits how often a process without root may change it. */
const PAUSE_MS = 120;

/**
 * Gives ingress and database four times the CPU share of every other process, as docker-compose.yml does. It uses the scheduling group
 * that Linux creates for each session. Returns false on a system without these groups, where all shares are equal.
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
