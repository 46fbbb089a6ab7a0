import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Client } from "@temporalio/client";
import { connectTemporal, temporalSettings } from "../../infra/runtime/temporal.ts";
import type { CampaignOptions, CampaignReport, Figure } from "./campaign.ts";
import { createFaultCounter, type FaultCounter } from "./fault-counter.ts";
import { checkInvariants } from "./ledger/check-invariants.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { followModelLog } from "./ledger/model-log.ts";
import { readLedger } from "./ledger/read-ledger.ts";
import { createLoader, type Loader } from "./load/loader.ts";
import { type FaultStack, openFaultStack, type OwnProcess } from "./open-fault-stack.ts";
import { createRandom, type Random } from "./random.ts";

/** What a campaign works with while its load runs. */
export interface Scene extends CampaignOptions {
  faultStack: FaultStack;
  temporal: Client;
  loader: Loader;
  random: Random;
  faults: FaultCounter;
}

export interface UnderLoad {
  campaign: string;
  env?: Readonly<Record<string, string>>;
  processes?: readonly OwnProcess[];
  /** Offers the messages; resolves when the last one was taken or given up. */
  load(scene: Scene): Promise<unknown>;
  /** Does the damage and heals it. Both run side by side; the clock of liveness starts when both are done. */
  trouble(scene: Scene): Promise<void>;
  /** What the invariants are asked of, where the fault takes something away by its nature. Figures are made of the whole. */
  judged?(ledger: Ledger): Ledger;
  /** When messages were first durable in a place that the ledger does not know, by channel, newline and provider's id; ms. */
  elsewhere?(scene: Scene): ReadonlyMap<string, number>;
  /** What else the campaign shows, from the joined logs. */
  figures?(ledger: Ledger, scene: Scene): Figure[] | Promise<Figure[]>;
  /** How long everything may take to end after the last heal, ms. Default 60 s; more only where a backlog has to be worked off. */
  restWithinMs?: number;
}

/** The course of most campaigns: a load, a trouble beside it, rest, and the joined logs. */
export async function underLoad(options: CampaignOptions, course: UnderLoad): Promise<CampaignReport> {
  const began = Date.now();
  const { progress, seed } = options;
  const { campaign, env, processes, restWithinMs = 60_000 } = course;
  const faultStack = await openFaultStack({
    progress,
    ...(env === undefined ? {} : { env }),
    ...(processes === undefined ? {} : { processes }),
  });
  const { config, stack } = faultStack;
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  const modelLog = followModelLog(stack.urls.openai);
  const loader = createLoader({ config });
  const scene: Scene = {
    ...options,
    faultStack,
    temporal,
    loader,
    random: createRandom(seed),
    faults: createFaultCounter(),
  };
  try {
    await Promise.all([course.load(scene), course.trouble(scene)]);
    const ledger = await readLedger(
      { faultStack, temporal, offered: loader.offered, modelLog, elsewhere: () => course.elsewhere?.(scene) },
      {
        healedAt: Date.now(),
        restWithinMs,
        mayLose: course.judged !== undefined,
        onWait: (open) => progress.tick(`  ${campaign}: ${open} messages are still on their way`),
      },
    );
    progress.done();
    const figures = (await course.figures?.(ledger, scene)) ?? [];
    const judged = course.judged?.(ledger) ?? ledger;
    const report = makeReport({ campaign, seed, ledger: judged, faults: scene.faults, figures, began });
    if (!report.ok) keepEvidence(scene, report, ledger);
    return report;
  } finally {
    await modelLog.close();
    await temporal.connection.close();
    await faultStack.close();
  }
}

/** A failure is worth nothing when its logs are gone. */
function keepEvidence(
  { faultStack, progress }: Scene,
  { campaign, seed }: CampaignReport,
  ledger: Ledger,
): void {
  const folder = resolve(".parley", "faults", `${campaign}-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  faultStack.keepLogs(folder);
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
