import { findMessageOutcomes } from "../../../../db/inbound/message-outcomes.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import type { BenchInstallation } from "../installation/bench-installation.ts";
import type { createInboundLoad } from "../load/inbound-load.ts";
import { openLoop } from "../load/open-loop.ts";
import { acceptanceTimes } from "./acceptance-times.ts";

export interface Kill {
  /** The name of a service of the sandbox. */
  victim: string;
  /** False: it stays down until the messages are answered, because another process does its work. */
  restarts: boolean;
  /** The time between the last message and the kill, ms. It varies, so that each kill hits another step. */
  afterMs: number;
}

export interface Recovery {
  /** The times from the kill to the outcome of each message in flight, ascending, ms. */
  inFlightMs: number[];
  /** Messages without a reply within a minute. */
  lost: number;
  /** Messages that a lower tier answered. A short outage of a store must not lower the tier. */
  lowerTiers: number;
}

export interface RecoverySetup {
  sandbox: Sandbox;
  installation: BenchInstallation;
  load: ReturnType<typeof createInboundLoad>;
}

const MESSAGES = 10;
const RATE_PER_S = 8;
const ANSWERED_WITHIN_MS = 60_000;

/** Sends messages of separate contacts, kills a service during their turns, and measures the time of each from the kill. */
export async function killOnce(
  { sandbox, installation, load }: RecoverySetup,
  kill: Kill,
): Promise<Recovery> {
  const { db, config } = installation;
  const messages = await load.make("webhook", MESSAGES, installation);
  const ids = messages.map(({ providerMessageId }) => providerMessageId);
  const requests = messages.map(({ request }) => request);
  const { answers } = await openLoop(config.PUBLIC_BASE_URL, requests, RATE_PER_S);
  if (answers.some(({ status }) => status !== 202))
    throw new Error(`Not every message was accepted: ${answers.map(({ status }) => status).join(", ")}`);
  await new Promise((resolve) => setTimeout(resolve, kill.afterMs));
  const killedAt = Date.now();
  await sandbox.end(kill.victim, "SIGKILL");
  if (kill.restarts) await sandbox.restart(kill.victim);
  const times = await eventually(
    "answers",
    async () => {
      const seen = await acceptanceTimes(db, ids).catch(() => new Map<string, number>());
      return (seen.size === ids.length || Date.now() > killedAt + ANSWERED_WITHIN_MS) && seen;
    },
    2 * ANSWERED_WITHIN_MS,
  );
  if (!kill.restarts) await sandbox.restart(kill.victim);
  const late = [...times.values()].filter((at) => at > killedAt).map((at) => at - killedAt);
  const tiers = await findMessageOutcomes(db, ids);
  return {
    inFlightMs: late.toSorted((a, b) => a - b),
    lost: ids.length - times.size,
    lowerTiers: tiers.filter(({ tier }) => tier !== null && tier !== "full_context").length,
  };
}
