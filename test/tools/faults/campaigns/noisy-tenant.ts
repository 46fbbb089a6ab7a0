import { upsertTenant } from "../../../../db/tenants/seed.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../campaign.ts";
import { replySeconds, timeFigures } from "../ledger/reply-times.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { planMessages } from "../load/message-plan.ts";
import type { FaultSandbox } from "../open-fault-sandbox.ts";
import { openWebhookAccount } from "../open-webhook-account.ts";
import { runUnderLoad } from "../run-under-load.ts";

interface Size {
  floodMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = { short: { floodMs: 6_000 }, full: { floodMs: 30_000 } };
/** The quota of each tenant, in replies. */
const QUOTA = { perSecond: 1, burst: 20 };
/** The contacts of the noisy tenant write at this multiple of its quota, and those of the calm tenant at half of their quota. */
const TIMES_QUOTA = 50;
const NOISY = "noisy";
const OVER_QUOTA = "turns above the quota";

/** One tenant gets fifty times its quota. It is limited to the quota, and the other tenant is not affected. */
export const noisyTenant: Campaign = {
  name: "noisy-tenant",
  description: "one tenant at 50 times its quota next to a calm one; about 3 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, { floodMs }: Size): Promise<CampaignReport> {
  return await runUnderLoad(options, {
    campaign: "noisy-tenant",
    env: {
      PARLEY_TENANT_RATE_PER_MINUTE: String(60 * QUOTA.perSecond),
      PARLEY_TENANT_RATE_BURST: String(QUOTA.burst),
    },
    async load({ loader, random, faults, faultSandbox }) {
      faults.plan(OVER_QUOTA);
      await openNoisyTenant(faultSandbox);
      const each = { channels: ["webhook"] as const, perContact: 1 };
      const calmMs = 2 * floodMs;
      const calm = planMessages({
        ...each,
        random: random.fork("calm"),
        messages: Math.ceil((calmMs / 1000) * (QUOTA.perSecond / 2)),
        durationMs: calmMs,
      });
      const flood = planMessages({
        ...each,
        random: random.fork("flood"),
        messages: (floodMs / 1000) * QUOTA.perSecond * TIMES_QUOTA,
        durationMs: floodMs,
        from: 10_000,
        accountId: NOISY,
      }).map((message) => ({ ...message, atMs: message.atMs + floodMs }));
      await Promise.all([loader.offer(calm), loader.offer(flood)]);
    },
    injectFaults: async () => undefined,
    figures(ledger, { faults }) {
      const above = turnsOf(ledger, NOISY).size - countReplies(ledger, NOISY);
      faults.fired(OVER_QUOTA, above > 0 ? 1 : 0);
      return figures(ledger, floodMs);
    },
    // The flood is stored as it arrives, and one machine needs some minutes to decide every turn.
    settleWithinMs: 300_000,
  });
}

async function openNoisyTenant(faultSandbox: FaultSandbox): Promise<void> {
  const dailyBudgetUsd = faultSandbox.config.PARLEY_DAILY_BUDGET_USD;
  await upsertTenant(faultSandbox.db, { id: NOISY, businessName: NOISY, dailyBudgetUsd });
  await openWebhookAccount(faultSandbox, { tenantId: NOISY, accountId: NOISY });
}

function figures(ledger: Ledger, floodMs: number): Figure[] {
  const noisy = ledger.offered.filter(({ accountId }) => accountId === NOISY);
  const replies = countReplies(ledger, NOISY);
  // The bucket fills while the flood is worked off, so the limit covers that time.
  const tookS =
    (Math.max(...ledger.sends.map(({ at }) => at)) -
      Math.min(...noisy.map(({ attempts }) => attempts[0]?.at ?? 0))) /
    1000;
  const allowed = QUOTA.burst + QUOTA.perSecond * tookS;
  const isDuringFlood = (message: { accountId?: string; atMs: number }) =>
    message.accountId !== NOISY && message.atMs >= floodMs;
  const isBeforeFlood = (message: { accountId?: string; atMs: number }) =>
    message.accountId !== NOISY && message.atMs < floodMs;
  const calmWithoutReply = turnsOf(ledger, "main").size - countReplies(ledger, "main");
  return [
    {
      figure: "noisy_replies",
      value: replies,
      target: `at most the quota of ${Math.ceil(allowed * 1.05)} and at least ${QUOTA.burst}`,
      n: noisy.length,
      ok: replies <= allowed * 1.05 && replies >= QUOTA.burst,
    },
    {
      figure: "calm_turns_without_reply",
      value: calmWithoutReply,
      target: "0",
      n: ledger.offered.length - noisy.length,
      ok: calmWithoutReply === 0,
    },
    ...timeFigures("calm_reply_before", replySeconds(ledger, isBeforeFlood)),
    ...timeFigures("calm_reply_during", replySeconds(ledger, isDuringFlood)),
  ];
}

/** Replies of the model; the notice about the rate limit does not count. */
function countReplies(ledger: Ledger, accountId: string): number {
  const turns = new Map(ledger.turns.map((turn) => [turn.id, turn]));
  const ids = turnsOf(ledger, accountId);
  return [...ids].filter((id) => turns.get(id)?.plan === "answer").length;
}

function turnsOf(ledger: Ledger, accountId: string): Set<string> {
  return new Set(rowsOf(ledger, accountId).flatMap(({ turnId }) => turnId ?? []));
}

function rowsOf({ inbox, offered }: Ledger, accountId: string) {
  const ids = new Set(
    offered
      .filter((message) => (message.accountId ?? "main") === accountId)
      .map((message) => message.providerMessageId),
  );
  return inbox.filter(({ providerMessageId }) => ids.has(providerMessageId));
}
