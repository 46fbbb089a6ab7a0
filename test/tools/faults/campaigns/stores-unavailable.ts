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
  /** How long both stores are away, each time, ms. */
  downMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 60, rounds: 2, downMs: 6_000 },
  full: { messages: 900, rounds: 10, downMs: 12_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "whatsapp", "slack"] as const;
/** Between two outages, so that the next one meets a calm system. */
const BREATH_MS = 8_000;
/** The second store comes back so much later than the first, at most. */
const LONGEST_GAP_MS = 2_000;
const LOST = "both stores lost";
const KILLED = "ingress killed with a spool";

/** Neither Postgres nor Temporal answers, and the ingress that has acknowledged from its disk is killed too. */
export const storesUnavailable: Campaign = {
  name: "stores-unavailable",
  description:
    "Postgres and Temporal killed together, messages acknowledged from the spool, the ingress killed with them in it; about 5 minutes a seed",
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
        const durationMs = size.rounds * (size.downMs + BREATH_MS);
        const { messages } = size;
        const plan = { random: random.fork("load"), channels: CHANNELS, messages, durationMs };
        await loader.offer(planMessages(plan));
      },
      async injectKills(context) {
        for (const kind of [LOST, KILLED]) context.faults.plan(kind);
        for (let round = 0; round < size.rounds; round++) {
          context.progress.tick(`  stores-unavailable: outage ${round + 1} of ${size.rounds}`);
          outages.push(await outage(context, { folder, downMs: size.downMs }));
          await sleep(BREATH_MS);
        }
      },
      durableElsewhere: ({ faultSandbox: { config } }) =>
        readSpoolTimes(folder, createConfiguredVault(config)),
      figures: (ledger, { loader }) => [
        ...replyTimeFigures(ledger),
        acknowledgedDuringOutages(loader.offered, outages),
      ],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The ingress is killed late, because the next one knows no accounts until Postgres is back. */
async function outage(
  { random, faults, faultSandbox: { sandbox } }: CampaignContext,
  { folder, downMs }: { folder: string; downMs: number },
): Promise<Outage> {
  // In this order: what comes in between is stored, and nothing travels past the spool in a workflow's start.
  const lost = [await killService(sandbox, "temporal"), await killService(sandbox, "postgres")];
  faults.fired(LOST, Math.min(...lost));
  const from = Date.now();
  await sleep(downMs);
  const until = Date.now();
  const backFirst = random.shuffle(["postgres", "temporal"]);
  const killsBefore = random.chance(0.5);
  if (killsBefore) await killIngress();
  for (const store of backFirst) {
    await sandbox.restart(store);
    // While the spool comes home, or waits for it.
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

/** How many messages were acknowledged while both stores were away: without a spool it is none. */
function acknowledgedDuringOutages(
  offered: CampaignContext["loader"]["offered"],
  outages: readonly Outage[],
): Figure {
  const taken = offered.filter(({ acknowledgedAt }) =>
    outages.some(({ from, until }) => (acknowledgedAt ?? 0) > from && (acknowledgedAt ?? Infinity) < until),
  ).length;
  const target = "at least one an outage";
  const n = outages.length;
  return { figure: "acknowledged_while_both_stores_were_down", value: taken, target, n, ok: taken >= n };
}
