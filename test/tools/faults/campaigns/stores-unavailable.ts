import { setTimeout as sleep } from "node:timers/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../campaign.ts";
import { recordSpoolTimes, readSpoolTimes, countSpooled } from "../environment/spool-times.ts";
import { killService } from "../kill-service.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";

interface Size {
  messages: number;
  rounds: number;
  /** The length of each outage of both stores, ms. */
  downMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 60, rounds: 2, downMs: 6_000 },
  full: { messages: 900, rounds: 10, downMs: 12_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "whatsapp", "slack"] as const;
/** The pause between two outages, in which the system works off its backlog. */
const RECOVERY_MS = 8_000;
/** The longest time between the restarts of the first and the second store. */
const LONGEST_GAP_MS = 2_000;
/** The share of contacts who opt out after their last message, also during an outage. */
const STOPS = 0.3;
const LOST = "both stores down";
const KILLED = "ingress killed with a spool";

/** PostgreSQL and Temporal are down, and the ingress is killed while it holds acknowledged messages in its spool. */
export const storesUnavailable: Campaign = {
  name: "stores-unavailable",
  description:
    "PostgreSQL and Temporal are killed together, the spool acknowledges messages, and the ingress is killed before it drains; about 5 minutes a seed",
  // The model calls and their queue have to recover too.
  shape: "separate-model",
  run: (options) => run(options, SIZES[options.scale]),
};

interface Outage {
  from: number;
  until: number;
}

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
  recordSpoolTimes(folder);
  const outages: Outage[] = [];
  try {
    return await runUnderLoad(options, {
      campaign: "stores-unavailable",
      env: { SPOOL_DIR: folder },
      async load({ loader, random }) {
        const durationMs = size.rounds * (size.downMs + RECOVERY_MS);
        const { messages } = size;
        const plan = { random: random.fork("load"), channels: CHANNELS, messages, durationMs, stops: STOPS };
        await loader.offer(planMessages(plan));
      },
      async injectFaults(context) {
        for (const kind of [LOST, KILLED]) context.faults.plan(kind);
        for (let round = 0; round < size.rounds; round++) {
          context.progress.tick(`  stores-unavailable: outage ${round + 1} of ${size.rounds}`);
          const { downMs } = size;
          outages.push(await context.ambiguousTimes.during(() => outage(context, { folder, downMs })));
          await sleep(RECOVERY_MS);
        }
      },
      durableElsewhere: ({ faultSandbox: { config } }) =>
        readSpoolTimes([folder], createConfiguredVault(config)),
      figures: (ledger, { loader }) => [
        ...replyTimeFigures(ledger),
        acknowledgedDuringOutages(loader.offered, outages),
      ],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ingress is killed late, because a new one needs PostgreSQL to read its accounts. */
async function outage(
  { random, faults, faultSandbox: { sandbox } }: CampaignContext,
  { folder, downMs }: { folder: string; downMs: number },
): Promise<Outage> {
  // In this order: a message between the two kills is stored in PostgreSQL. In the other order it would bypass the spool in the start of a workflow.
  const lost = [await killService(sandbox, "temporal"), await killService(sandbox, "postgres")];
  faults.fired(LOST, Math.min(...lost));
  const from = Date.now();
  await sleep(downMs);
  const until = Date.now();
  const restartOrder = random.shuffle(["postgres", "temporal"]);
  const killsBefore = random.chance(0.5);
  if (killsBefore) await killIngress();
  for (const store of restartOrder) {
    await sandbox.restart(store);
    // While the spool drains, or waits to drain.
    if (!killsBefore && store === "postgres") await killIngress();
    await sleep(random.int(LONGEST_GAP_MS));
  }
  return { from, until };

  async function killIngress(): Promise<void> {
    await sandbox.end("api", "SIGKILL");
    if (countSpooled(folder) > 0) faults.fired(KILLED);
    await sandbox.restart("api");
  }
}

/** The number of messages that were acknowledged during the outages. Without a spool there are none. */
function acknowledgedDuringOutages(
  offered: CampaignContext["loader"]["offered"],
  outages: readonly Outage[],
): Figure {
  const acknowledged = offered.filter(({ acknowledgedAt }) =>
    outages.some(({ from, until }) => (acknowledgedAt ?? 0) > from && (acknowledgedAt ?? Infinity) < until),
  ).length;
  const target = "at least one per outage";
  const n = outages.length;
  return {
    figure: "acknowledged_while_both_stores_were_down",
    value: acknowledged,
    target,
    n,
    ok: acknowledged >= n,
  };
}
