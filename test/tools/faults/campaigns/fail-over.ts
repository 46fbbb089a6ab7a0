import { setTimeout as sleep } from "node:timers/promises";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import { forwardTcp } from "../environment/forward-tcp.ts";
import { type Commitment, type Standby, startStandby } from "../environment/standby.ts";
import { killService } from "../kill-service.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type Lag, findLoss, type Loss, removeLoss } from "../ledger/fail-over-loss.ts";
import { recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { processesOf } from "../shape.ts";

interface Size {
  messages: number;
  durationMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 60, durationMs: 20_000 },
  full: { messages: 600, durationMs: 90_000 },
};
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
/** The lag of an asynchronous standby when its primary fails, ms. */
const LAG_MS = 2_000;
/** The time in which a watchdog detects the failure. */
const DETECTION_MS = 1_000;
const KILL = "kill primary";
const PROMOTE = "promote standby";

/** The primary database fails and its standby is promoted. A synchronous standby loses nothing, an asynchronous one only its lag. */
export function createFailOver(commitment: Commitment): Campaign {
  const name = `fail-over-${commitment === "synchronous" ? "sync" : "async"}`;
  return {
    name,
    description: `the primary is killed under load and its ${commitment} standby promoted; about 3 minutes a seed`,
    run: (options) => run(options, { name, commitment, size: SIZES[options.scale] }),
  };
}

interface Plan {
  name: string;
  commitment: Commitment;
  size: Size;
}

async function run(options: CampaignOptions, { name, commitment, size }: Plan): Promise<CampaignReport> {
  let lag: Lag = { from: Infinity, until: Infinity, bytes: 0 };
  let close = async (): Promise<void> => undefined;
  try {
    return await runUnderLoad(options, {
      campaign: name,
      processes: [],
      async load(context) {
        const { standby, forwarder } = await openBalancerPort(context, commitment);
        close = async () => {
          await Promise.all([standby.close(), forwarder.close()]);
        };
        const random = context.random.fork("load");
        const load = context.loader.offer(planMessages({ ...size, random, channels: CHANNELS }));
        await sleep(size.durationMs * (0.4 + 0.2 * context.random.fork("kill").next()));
        lag = await context.ambiguousTimes.during(async () => {
          const until = await failOver(context, standby, commitment);
          forwarder.redirectTo({ host: "127.0.0.1", port: standby.port });
          return until;
        });
        await context.faultSandbox.useDatabase(standby.url);
        await load;
      },
      injectFaults: async () => undefined,
      selectJudged: (ledger) =>
        commitment === "synchronous"
          ? ledger
          : { ...removeLoss(ledger, lag), expectedDeadLetterReasons: ["poison:reply_lost"] },
      async figures(ledger, context) {
        const vault = createConfiguredVault(context.faultSandbox.config);
        const loss = await findLoss(ledger, lag, { temporal: context.temporal, vault });
        reportLoss(context, loss);
        return [
          ...lossFigures(loss, lag, commitment),
          ...recoveryTimes(ledger, [{ kind: "kill_of_primary", at: lag.until }]),
          ...replyTimeFigures(ledger),
        ];
      },
    });
  } finally {
    await close();
  }
}

/** The Parley processes use an address that can be redirected, like a virtual address or a pooler. */
async function openBalancerPort(
  { faultSandbox, faults, temporal, shape }: CampaignContext,
  commitment: Commitment,
) {
  faults.plan(KILL);
  faults.plan(PROMOTE);
  const url = faultSandbox.config.DATABASE_URL;
  const to = { host: "127.0.0.1", port: Number(new URL(url).port) };
  const forwarder = await forwardTcp({ from: { host: "127.0.0.1", port: 0 }, to });
  const env = { DATABASE_URL: Object.assign(new URL(url), { port: String(forwarder.port) }).href };
  for (const process of processesOf(shape)) await faultSandbox.startProcess({ ...process, env });
  const standby = await startStandby(faultSandbox.sandbox, url, commitment);
  await awaitWorkers(faultSandbox, temporal);
  return { forwarder, standby };
}

async function failOver(
  { faultSandbox: { sandbox }, faults, progress }: CampaignContext,
  standby: Standby,
  commitment: Commitment,
): Promise<Lag> {
  const from = Date.now();
  if (commitment === "asynchronous") {
    progress.tick(`  the lag of the standby grows for ${LAG_MS / 1000} s`);
    standby.pauseReplication();
    await sleep(LAG_MS);
  }
  const bytes = await standby.lagBytes();
  const until = Date.now();
  faults.fired(KILL, await killService(sandbox, "postgres"));
  await sleep(DETECTION_MS);
  await standby.promote();
  faults.fired(PROMOTE);
  return { from, until, bytes };
}

function lossFigures(loss: Loss, lag: Lag, commitment: Commitment) {
  const { messages, sends, unknownToTemporal, beforeLag } = loss;
  const isSync = commitment === "synchronous";
  const n = loss.acknowledged;
  const lost = messages.length;
  return [
    {
      figure: "lag_bytes_at_kill",
      value: lag.bytes,
      target: isSync ? "reported" : "more than 0: otherwise nothing could be lost",
      n: 1,
      ok: isSync || lag.bytes > 0,
    },
    {
      figure: "lost_messages",
      value: lost,
      target: isSync ? "0" : `at most the ${loss.inLag} messages that were acknowledged in the lag`,
      n,
      ok: isSync ? lost === 0 : beforeLag === 0 && lost <= loss.inLag,
    },
    {
      figure: "lost_and_not_found_in_temporal",
      value: unknownToTemporal,
      target: "0",
      n: lost,
      ok: unknownToTemporal === 0,
    },
    {
      figure: "sends_with_lost_record",
      value: sends.length,
      target: isSync ? "0" : "reported",
      n: loss.sendsTotal,
      ok: !isSync || sends.length === 0,
    },
  ];
}

/** The list for an operator: messages to request again, and contacts who may get a reply twice. */
function reportLoss({ progress }: CampaignContext, { messages, sends }: Loss): void {
  for (const { workflowId, providerMessageId } of messages)
    progress.note(`  lost: ${providerMessageId} (${workflowId ?? "no workflow"})`);
  for (const { channel, to, id } of sends) progress.note(`  sent, record lost: ${channel} ${id} to ${to}`);
}
