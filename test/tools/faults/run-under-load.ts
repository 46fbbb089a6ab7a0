import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Client } from "@temporalio/client";
import { connectTemporal, temporalSettings } from "../../../infra/runtime/temporal/temporal-client.ts";
import { type AmbiguousTimes, createAmbiguousTimes } from "./ambiguous-times.ts";
import type { CampaignOptions, CampaignReport, Figure } from "./campaign.ts";
import { setSupersede, type Supersede } from "./environment/supersede.ts";
import { createFaultCounter, type FaultCounter } from "./fault-counter.ts";
import { expectedPlace } from "./ledger/call-places.ts";
import { checkInvariants } from "./ledger/check-invariants.ts";
import type { FaultTime, Ledger } from "./ledger/ledger.ts";
import { followModelLog } from "./ledger/model-log.ts";
import { readLedger } from "./ledger/read-ledger.ts";
import { type AgentClient, openAgentClient } from "./load/agent-client.ts";
import { createLoader, type Loader } from "./load/loader.ts";
import { openEventEndpoint } from "./ledger/events/open-event-endpoint.ts";
import { type FaultSandbox, openFaultSandbox, type ParleyProcess } from "./open-fault-sandbox.ts";
import { processesOf, type Shape } from "./shape.ts";
import { createRandom, type Random } from "./random.ts";

/** The dependencies of a campaign while its load runs. */
export interface CampaignContext extends CampaignOptions {
  faultSandbox: FaultSandbox;
  temporal: Client;
  loader: Loader;
  agent: AgentClient;
  random: Random;
  faults: FaultCounter;
  ambiguousTimes: AmbiguousTimes;
}

export interface LoadedCampaign {
  campaign: string;
  env?: Readonly<Record<string, string>>;
  /** Default: one ingress and the workers of the shape. */
  processes?: readonly ParleyProcess[];
  /** The shapes whose processes run. Default: the one that was chosen. */
  shapes?: readonly Shape[];
  /** What the tenant does when a newer message arrives before the answer. Default: the default of a tenant. */
  supersede?: Supersede;
  /** The tenant of the load has an endpoint, and its outgoing events are judged. */
  hasEventEndpoint?: true;
  /** Offers the messages; resolves when each was accepted or the loader stopped retrying it. */
  load(context: CampaignContext): Promise<unknown>;
  /** Injects the faults and heals them, concurrently with the load. The time limit of liveness starts when both are done. */
  injectFaults(context: CampaignContext): Promise<void>;
  /** Selects the part of the ledger that the invariants check, when the fault loses data by design. Figures use the whole ledger. */
  selectJudged?(ledger: Ledger): Ledger;
  /** When a store outside the ledger first had each message, ms. The key is channel, newline and provider message id. */
  durableElsewhere?(context: CampaignContext): ReadonlyMap<string, number>;
  /** When each fault was active. Without them the checks permit the effects of a fault at any time. */
  faultTimes?: readonly FaultTime[];
  /** Figures of the campaign from the joined logs. */
  figures?(ledger: Ledger, context: CampaignContext): Figure[] | Promise<Figure[]>;
  /** The time limit for all work after the last heal, ms. Default 60 s; longer only when there is a backlog. */
  settleWithinMs?: number;
}

/** Runs a campaign: a load with faults, the wait until no work is left, and the checks on the joined logs. */
export async function runUnderLoad(options: CampaignOptions, plan: LoadedCampaign): Promise<CampaignReport> {
  const startedAt = Date.now();
  const { progress, shape } = options;
  const { campaign, env, settleWithinMs = 60_000 } = plan;
  const { processes = processesOf(shape), shapes = [shape] } = plan;
  const faultSandbox = await openFaultSandbox({
    progress,
    processes,
    ...(env === undefined ? {} : { env }),
  });
  const modelLog = followModelLog(faultSandbox.sandbox.urls.openai);
  const context = openContext(options, faultSandbox);
  const { temporal, loader } = context;
  try {
    if (plan.hasEventEndpoint === true) await openEventEndpoint(faultSandbox);
    if (plan.supersede !== undefined) await setSupersede(faultSandbox.db, plan.supersede);
    await Promise.all([plan.load(context), plan.injectFaults(context)]);
    const read = await readLedger(
      {
        faultSandbox,
        temporal,
        loader,
        modelLog,
        expectedPlaces: shapes.map((each) => expectedPlace(each, env)),
        ambiguousTimes: context.ambiguousTimes.list(),
        expectsEvents: plan.hasEventEndpoint === true,
        durableElsewhere: () => plan.durableElsewhere?.(context),
      },
      {
        healedAt: Date.now(),
        settleWithinMs,
        expectsLoss: plan.selectJudged !== undefined,
        onWait: (open) => progress.tick(`  ${campaign}: ${open} messages are still open`),
      },
    );
    progress.done();
    const { faultTimes } = plan;
    const ledger: Ledger = faultTimes === undefined ? read : { ...read, faultTimes };
    const figures = (await plan.figures?.(ledger, context)) ?? [];
    const judged = plan.selectJudged?.(ledger) ?? ledger;
    const report = makeReport(context, { campaign, shapes, ledger: judged, figures, startedAt });
    if (!report.ok) saveEvidence(context, campaign, ledger);
    return report;
  } catch (error) {
    saveEvidence(context, campaign, null);
    throw error;
  } finally {
    await modelLog.close();
    await temporal.connection.close();
    await faultSandbox.close();
  }
}

function openContext(options: CampaignOptions, faultSandbox: FaultSandbox): CampaignContext {
  const { config } = faultSandbox;
  const agent = openAgentClient(config, () => faultSandbox.db);
  return {
    ...options,
    faultSandbox,
    temporal: connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS),
    loader: createLoader({ config, agent, db: () => faultSandbox.db }),
    agent,
    random: createRandom(options.seed),
    faults: createFaultCounter(),
    ambiguousTimes: createAmbiguousTimes(),
  };
}

/** Keeps the logs of a failed campaign. `ledger` is null if an error ended the campaign before it was read. */
function saveEvidence(
  { faultSandbox, progress, seed, shape }: CampaignContext,
  campaign: string,
  ledger: Ledger | null,
): void {
  const folder = resolve(".parley", "faults", `${campaign}-${shape}-${seed}`);
  rmSync(folder, { recursive: true, force: true });
  faultSandbox.keepLogs(folder);
  if (ledger !== null) {
    const starts = Object.fromEntries(ledger.firstStarts);
    writeFileSync(join(folder, "ledger.json"), JSON.stringify({ ...ledger, firstStarts: starts }, null, 1));
  }
  progress.note(`  The logs are in ${folder}`);
}

interface ReportParts {
  campaign: string;
  shapes: readonly Shape[];
  ledger: Ledger;
  figures: Figure[];
  startedAt: number;
}

function makeReport({ seed, faults }: CampaignContext, parts: ReportParts): CampaignReport {
  const { campaign, shapes, ledger, figures, startedAt } = parts;
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
    shapes,
    ok,
    messages_offered: honest.length,
    messages_acknowledged: honest.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length,
    model_calls: ledger.callPlaces,
    faults_fired: faults.counts(),
    faults_not_fired: notFired,
    faults_without_hit: faults.missedKinds(),
    invariants,
    figures,
    duration_s: Math.round((Date.now() - startedAt) / 1000),
  };
}
