import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../campaign.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { killService } from "../kill-service.ts";
import type { ModelCall } from "../ledger/ledger.ts";
import { planMessages } from "../load/message-plan.ts";
import { countOpen } from "../ledger/read-stores.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { workersOf } from "../shape.ts";

interface Size {
  outageMs: number;
  messages: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { outageMs: 6_000, messages: 60 },
  full: { outageMs: 180_000, messages: 1_200 },
};
/** The limit of the provider and the limit of the setting, calls a second. */
const PROVIDER_ALLOWS = 8;
const CALLS_PER_SECOND = 6;
const WINDOW_S = 10;
const BACKLOG = "message that waited for a worker";

/** All workers are stopped for some minutes while messages arrive, and then start with the backlog. */
export const herd: Campaign = {
  name: "herd",
  description:
    "every worker is stopped for 3 minutes, then works off the backlog within the rate of the provider; about 7 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, { outageMs, messages }: Size): Promise<CampaignReport> {
  return await runUnderLoad(options, {
    campaign: "herd",
    env: { PARLEY_MODEL_CALLS_PER_SECOND: String(CALLS_PER_SECOND) },
    async load({ loader, random }) {
      await loader.offer(
        planMessages({
          random: random.fork("load"),
          channels: ["webhook", "twilio-sms", "whatsapp"],
          messages,
          durationMs: outageMs,
        }),
      );
    },
    injectFaults: (context) => outage(context, outageMs),
    figures: (ledger) => [...replyTimeFigures(ledger), refusedCallsFigure(ledger.modelCalls)],
    // The rate of the provider limits how fast the backlog is worked off.
    settleWithinMs: 60_000 + (messages / CALLS_PER_SECOND) * 1_500,
  });
}

async function outage(
  { faultSandbox: { sandbox, db }, faults, ambiguousTimes, progress, shape }: CampaignContext,
  outageMs: number,
): Promise<void> {
  faults.plan(BACKLOG);
  const workers = workersOf(shape).map(({ name }) => name);
  for (const name of workers) {
    faults.plan(`outage of ${name}`);
    const killed = await ambiguousTimes.during(() => killService(sandbox, name));
    faults.fired(`outage of ${name}`, killed);
  }
  const begin = Date.now();
  while (Date.now() - begin < outageMs) {
    progress.tick(`  herd: no worker for ${Math.round((Date.now() - begin) / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  faults.fired(BACKLOG, (await countOpen(db)).open);
  for (const name of workers) await sandbox.restart(name);
}

/** The share of calls that a provider with this limit would reject with 429. Providers count by the minute; this figure is stricter. */
function refusedCallsFigure(calls: readonly ModelCall[]): Figure {
  const windows = Map.groupBy(calls, ({ at }) => Math.floor(at / (WINDOW_S * 1000)));
  const above = [...windows.values()].reduce(
    (sum, { length }) => sum + Math.max(0, length - WINDOW_S * PROVIDER_ALLOWS),
    0,
  );
  const share = Number(((100 * above) / Math.max(1, calls.length)).toFixed(2));
  return {
    figure: "calls_above_provider_limit_percent",
    value: share,
    target: "below 1",
    n: calls.length,
    ok: calls.length > 0 && share < 1,
  };
}
