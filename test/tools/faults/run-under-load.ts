import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Client } from "@temporalio/client";
import { connectTemporal, temporalSettings } from "../../../infra/runtime/temporal/temporal-client.ts";
import type { CampaignOptions, CampaignReport, Figure } from "./campaign.ts";
import { createFaultCounter, type FaultCounter } from "./fault-counter.ts";
import { checkInvariants } from "./ledger/check-invariants.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { followModelLog } from "./ledger/model-log.ts";
import { readLedger } from "./ledger/read-ledger.ts";
import { createLoader, type Loader } from "./load/loader.ts";
import { type FaultSandbox, openFaultSandbox, type ParleyProcess } from "./open-fault-sandbox.ts";
import { createRandom, type Random } from "./random.ts";

/** What a campaign works with while its load runs. */
export interface CampaignContext extends CampaignOptions {
  faultSandbox: FaultSandbox;
  temporal: Client;
  loader: Loader;
  random: Random;
  faults: FaultCounter;
}

export interface LoadedCampaign {
  campaign: string;
  env?: Readonly<Record<string, string>>;
  processes?: readonly ParleyProcess[];
  /** Offers the messages; resolves when the last one was taken or given up. */
  load(context: CampaignContext): Promise<unknown>;
  /** Does the damage and heals it. Both run side by side; the clock of liveness starts when both are done. */
  injectKills(context: CampaignContext): Promise<void>;
  /** What the invariants are asked of, where the fault takes something away by its nature. Figures are made of the whole. */
  selectJudged?(ledger: Ledger): Ledger;
  /** When messages were first durable in a place that the ledger does not know, by channel, newline and provider's id; ms. */
  durableElsewhere?(context: CampaignContext): ReadonlyMap<string, number>;
  /** What else the campaign shows, from the joined logs. */
  figures?(ledger: Ledger, context: CampaignContext): Figure[] | Promise<Figure[]>;
  /** How long everything may take to end after the last heal, ms. Default 60 s; more only where a backlog has to be worked off. */
  settleWithinMs?: number;
}

/** The course of most campaigns: a load, a trouble beside it, rest, and the joined logs. */
export async function runUnderLoad(
  options: CampaignOptions,
  course: LoadedCampaign,
): Promise<CampaignReport> {
  const began = Date.now();
  const { progress, seed } = options;
  const { campaign, env, processes, settleWithinMs = 60_000 } = course;
  const faultSandbox = await openFaultSandbox({
    progress,
    ...(env === undefined ? {} : { env }),
    ...(processes === undefined ? {} : { processes }),
  });
  const { config, sandbox } = faultSandbox;
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  const modelLog = followModelLog(sandbox.urls.openai);
  const loader = createLoader({ config });
  const context: CampaignContext = {
    ...options,
    faultSandbox,
    temporal,
    loader,
    random: createRandom(seed),
    faults: createFaultCounter(),
  };
  try {
    await Promise.all([course.load(context), course.injectKills(context)]);
    const ledger = await readLedger(
      {
        faultSandbox,
        temporal,
        offered: loader.offered,
        modelLog,
        durableElsewhere: () => course.durableElsewhere?.(context),
      },
      {
        healedAt: Date.now(),
        settleWithinMs,
        expectsLoss: course.selectJudged !== undefined,
        onWait: (open) => progress.tick(`  ${campaign}: ${open} messages are still on their way`),
      },
    );
    progress.done();
    const figures = (await course.figures?.(ledger, context)) ?? [];
    const judged = course.selectJudged?.(ledger) ?? ledger;
    const report = makeReport({ campaign, seed, ledger: judged, faults: context.faults, figures, began });
    if (!report.ok) saveEvidence(context, report, ledger);
    return report;
  } finally {
    await modelLog.close();
    await temporal.connection.close();
    await faultSandbox.close();
  }
}

/** A failure is worth nothing when its logs are gone. */
function saveEvidence(
  { faultSandbox, progress }: CampaignContext,
  { campaign, seed }: CampaignReport,
  ledger: Ledger,
): void {
  const folder = resolve(".parley", "faults", `${campaign}-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  faultSandbox.keepLogs(folder);
  const starts = Object.fromEntries(ledger.firstStarts);
  writeFileSync(join(folder, "ledger.json"), JSON.stringify({ ...ledger, firstStarts: starts }, null, 1));
  progress.note(`  Logs and ledger are in ${folder}`);
}

interface ReportParts {
  campaign: string;
  seed: number;
  ledger: Ledger;
  faults: FaultCounter;
  figures: Figure[];
  /** When the campaign began, ms. */
  began: number;
}

function makeReport({ campaign, seed, ledger, faults, figures, began }: ReportParts): CampaignReport {
  const invariants = checkInvariants(ledger);
  const notFired = faults.notFired();
  const ok =
    notFired.length === 0 &&
    Object.values(invariants).every((verdict) => verdict.ok) &&
    figures.every((figure) => figure.ok);
  const honest = ledger.offered.filter(({ forged }) => !forged);
  return {
    campaign,
    seed,
    ok,
    messages_offered: honest.length,
    messages_acknowledged: honest.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length,
    faults_fired: faults.counts(),
    faults_not_fired: notFired,
    invariants,
    figures,
    duration_s: Math.round((Date.now() - began) / 1000),
  };
}
