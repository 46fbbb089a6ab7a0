import { setTimeout as sleep } from "node:timers/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../../campaign.ts";
import { needProgram } from "../../environment/debian-packages.ts";
import { recordSpoolTimes, readSpoolTimes } from "../../environment/spool-times.ts";
import { replyTimeFigures } from "../../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../../ledger/recovery-times.ts";
import { planMessages } from "../../load/message-plan.ts";
import { runUnderLoad } from "../../run-under-load.ts";
import { type Disks, moveToSmallDisks } from "./small-disks.ts";
import { LAST_PAGE_MS, STEPS } from "./steps.ts";

interface Size {
  messages: number;
  fullMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 100, fullMs: 5_000 },
  full: { messages: 600, fullMs: 20_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
const RECOVERY_MS = 6_000;

/** The disks of the stores, the logs and the spool are full in turn, and then every fsync of PostgreSQL fails. */
export const diskFull: Campaign = {
  name: "disk-full",
  description:
    "small disks under Postgres, Temporal, logs and spool are filled, and fsync fails; about 4 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  await needProgram("strace", "strace", options.progress);
  const spool = mkdtempSync(join(tmpdir(), "parley-spool-"));
  recordSpoolTimes(spool);
  const disks: Disks = new Map();
  const faultTimes: FaultTime[] = [];
  try {
    return await runUnderLoad(options, {
      campaign: "disk-full",
      env: { SPOOL_DIR: spool, LOG_LEVEL: "info" },
      processes: [],
      async load(context) {
        await moveToSmallDisks(context, disks, spool);
        const durationMs = STEPS.length * (size.fullMs + RECOVERY_MS + 5_000) + LAST_PAGE_MS;
        const plan = {
          random: context.random.fork("load"),
          channels: CHANNELS,
          messages: size.messages,
          durationMs,
        };
        const load = context.loader.offer(planMessages(plan));
        for (const { name, run: inject } of STEPS) {
          context.progress.tick(`  disk-full: ${name} for ${size.fullMs / 1000} s`);
          context.faults.plan(name);
          // Many failed writes are one fault.
          const effects = await context.ambiguousTimes.during(() => inject(context, disks, size.fullMs));
          context.faults.fired(name, effects > 0 ? 1 : 0);
          faultTimes.push({ kind: `heal_of_${name.replaceAll(" ", "_")}`, at: Date.now() });
          await sleep(RECOVERY_MS);
        }
        await load;
      },
      injectFaults: async () => undefined,
      durableElsewhere: ({ faultSandbox: { config } }) =>
        readSpoolTimes([spool], createConfiguredVault(config)),
      figures: (ledger) => [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)],
    });
  } finally {
    rmSync(spool, { recursive: true, force: true });
  }
}
