import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { backUpTemporal, restoreTemporal } from "../environment/temporal-file.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";

interface Size {
  messages: number;
  durationMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 80, durationMs: 40_000 },
  full: { messages: 900, durationMs: 150_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
const OLDER = "workflows lost by an older backup";
const EMPTY = "workflows lost by an empty database";
const HEALTHY_AGAIN_MS = 4_000;

/** The database of Temporal is replaced by an older copy and later by an empty one, while PostgreSQL keeps its state. */
export const restore: Campaign = {
  name: "restore",
  description:
    "Temporal is restored from an older backup, and then started without data; about 4 minutes a seed",
  async run(options) {
    const size = SIZES[options.scale];
    const faultTimes: FaultTime[] = [];
    return await runUnderLoad(options, {
      campaign: "restore",
      async load(context) {
        await awaitWorkers(context.faultSandbox, context.temporal);
        const random = context.random.fork("load");
        const load = context.loader.offer(planMessages({ ...size, random, channels: CHANNELS }));
        await restoreBackup(context, size.durationMs, faultTimes);
        await load;
      },
      injectFaults: async () => undefined,
      figures: (ledger) => [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)],
    });
  },
};

async function restoreBackup(
  context: CampaignContext,
  durationMs: number,
  faultTimes: FaultTime[],
): Promise<void> {
  const { faults, faultSandbox, progress } = context;
  faults.plan(OLDER);
  faults.plan(EMPTY);
  await sleep(durationMs * 0.2);
  const copy = await backUpTemporal(faultSandbox);
  await sleep(durationMs * 0.3);
  progress.tick(`  restore: Temporal goes back by ${Math.round((durationMs * 0.3) / 1000)} s`);
  faults.fired(OLDER, (await hasForgotten(context, copy)) > 0 ? 1 : 0);
  faultTimes.push({ kind: "older_backup", at: Date.now() });
  await sleep(durationMs * 0.25);
  progress.tick("  restore: Temporal loses everything");
  faults.fired(EMPTY, (await hasForgotten(context, null)) > 0 ? 1 : 0);
  faultTimes.push({ kind: "empty_database", at: Date.now() });
  await sleep(HEALTHY_AGAIN_MS);
}

/** The number of workflows that existed before and do not exist after. */
async function hasForgotten(
  { faultSandbox, temporal, ambiguousTimes }: CampaignContext,
  copy: string | null,
): Promise<number> {
  const before = await listWorkflowIds(temporal);
  await ambiguousTimes.during(() => restoreTemporal(faultSandbox, copy));
  const after = new Set(await listWorkflowIds(temporal));
  return before.filter((runId) => !after.has(runId)).length;
}

async function listWorkflowIds(temporal: Client): Promise<string[]> {
  const runs: string[] = [];
  for await (const { runId } of temporal.workflow.list({ query: "WorkflowType = 'message'" }))
    runs.push(runId);
  return runs;
}
