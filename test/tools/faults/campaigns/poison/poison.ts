import { findMessageOutcomes } from "../../../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../../../support/eventually.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../../campaign.ts";
import { replyTimeFigures } from "../../ledger/reply-times.ts";
import { indexLedger } from "../../ledger/index-ledger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import { planMessages } from "../../load/message-plan.ts";
import { openWebhookAccount } from "../../open-webhook-account.ts";
import { POISON_ACCOUNT, type PoisonKind, POISONS } from "./break-message.ts";
import { PART_REFUSED, refuseSecondPart } from "./refuse-second-part.ts";
import { allDeadLetters, replayConcurrently } from "./replay-concurrently.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";

interface Size {
  messages: number;
  durationMs: number;
  /** Poison messages of each kind. */
  ofEach: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messages: 40, durationMs: 20_000, ofEach: 1 },
  full: { messages: 400, durationMs: 120_000, ofEach: 4 },
};
/** The time to break a message between its acknowledgement and its first step. */
const QUIET_MS = 5_000;
const DEAD_WITHIN_MS = 240_000;

/** Some messages of a load cannot be answered. Exactly these become dead letters, and each is answered once after its repair. */
export const poison: Campaign = {
  name: "poison",
  description:
    "messages that fail permanently during a normal load, become dead letters and are repaired; about 4 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

/** The observations for the figures. */
interface Observation {
  /** Ids of the dead letters after all poison messages had failed. */
  dead: string[];
  expected: string[];
  wrongReasons: number;
  replays: { began: number; others: number; asked: number };
  poisoned: OfferedMessage[];
}

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  let observation: Observation | undefined;
  return await runUnderLoad(options, {
    campaign: "poison",
    env: { PARLEY_QUIET_WINDOW_WEBHOOK_MS: String(QUIET_MS) },
    async load({ loader, random }) {
      const plan = { random: random.fork("load"), channels: ["webhook", "twilio-sms", "whatsapp"] as const };
      await loader.offer(planMessages({ ...plan, messages: size.messages, durationMs: size.durationMs }));
    },
    async injectFaults(context) {
      observation = await injectPoison(context, size);
    },
    figures: (ledger) => [
      ...replyTimeFigures(ledger),
      ...(observation === undefined ? [] : figures(ledger, observation)),
    ],
  });
}

async function injectPoison(context: CampaignContext, size: Size): Promise<Observation> {
  const { faults, faultSandbox, progress } = context;
  await openWebhookAccount(faultSandbox, {
    tenantId: faultSandbox.config.PARLEY_TENANT,
    accountId: POISON_ACCOUNT,
  });
  const broken = await breakAll(context, size.ofEach);
  const parts = await createPartialDeadLetter(context);
  const poisoned = broken.map(({ message }) => message);
  progress.tick(`  poison: ${poisoned.length} messages are poison`);
  const outcomes = await awaitOutcomes(context, poisoned);
  const dead = await allDeadLetters(context);
  const wrongReasons = outcomes.filter(({ reason }, i) => reason !== broken[i]?.poison.reason).length;
  for (const { repair } of broken) await repair();
  const expected = [...outcomes.map(({ turnId }) => turnId ?? ""), parts];
  const replays = await replayConcurrently(context, expected);
  faults.fired("a concurrent replay", replays.asked);
  return { dead: dead.map(({ id }) => id), expected, wrongReasons, replays, poisoned };
}

interface PoisonedMessage {
  message: OfferedMessage;
  poison: PoisonKind;
  repair: () => Promise<void>;
}

/** The removed account is broken once, for all of its messages. */
async function breakAll(context: CampaignContext, ofEach: number): Promise<PoisonedMessage[]> {
  const broken: PoisonedMessage[] = [];
  for (const [kind, each] of POISONS.entries()) {
    context.faults.plan(each.kind);
    const messages = await offer(context, {
      from: 50_000 + kind * 1_000,
      count: ofEach,
      accountId: each.accountId,
    });
    const breaks = each.accountId === undefined ? messages : messages.slice(0, 1);
    const repairs = await Promise.all(
      breaks.map(async ({ providerMessageId }) => await each.poison(context, providerMessageId)),
    );
    context.faults.fired(each.kind, messages.length);
    broken.push(
      ...messages.map((message, i) => ({
        message,
        poison: each,
        repair: repairs[i] ?? (async () => undefined),
      })),
    );
  }
  return broken;
}

async function offer(
  { loader, random }: CampaignContext,
  { from, count, accountId }: { from: number; count: number; accountId?: string | undefined },
): Promise<OfferedMessage[]> {
  const plan = {
    random: random.fork(`poison ${from}`),
    channels: ["webhook"] as const,
    perContact: 1,
    redelivered: 0,
  };
  const account = accountId === undefined ? {} : { accountId };
  return await loader.offer(planMessages({ ...plan, ...account, messages: count, durationMs: 1, from }));
}

async function createPartialDeadLetter(context: CampaignContext): Promise<string> {
  context.faults.plan(PART_REFUSED);
  const plan = { random: context.random.fork("telegram"), channels: ["telegram"] as const, redelivered: 0 };
  const [hello] = await context.loader.offer(
    planMessages({ ...plan, messages: 1, durationMs: 1, perContact: 1, from: 60_000 }),
  );
  if (hello === undefined) throw new Error("The load plan has no Telegram message.");
  const isAnswered = async () =>
    (await awaitOutcomes(context, [hello])).every(({ state }) => state === "answered");
  await eventually("the reply on Telegram", isAnswered, DEAD_WITHIN_MS);
  return await refuseSecondPart(context, hello.providerMessageId);
}

/** Waits until all messages have an outcome and returns the outcomes. */
async function awaitOutcomes({ faultSandbox: { db } }: CampaignContext, messages: readonly OfferedMessage[]) {
  const ids = messages.map(({ providerMessageId }) => providerMessageId);
  return await eventually(
    `the outcomes of ${ids.length} messages`,
    async () => {
      const rows = await findMessageOutcomes(db, ids);
      const isOpen = rows.some(({ state }) => state === "pending" || state === "in_turn");
      const byId = new Map(rows.map((row) => [row.providerMessageId, row]));
      return isOpen || rows.length < ids.length ? null : ids.flatMap((id) => byId.get(id) ?? []);
    },
    DEAD_WITHIN_MS,
  );
}

function figures(ledger: Ledger, { dead, expected, wrongReasons, replays, poisoned }: Observation): Figure[] {
  const wanted = new Set(expected);
  const index = indexLedger(ledger);
  const poisonIds = new Set(poisoned.map(({ providerMessageId }) => providerMessageId));
  const good = index.acknowledged.filter(({ providerMessageId }) => !poisonIds.has(providerMessageId));
  const findUnanswered = (messages: readonly OfferedMessage[]) =>
    messages.filter(
      ({ channel, providerMessageId }) => index.rowsOf(channel, providerMessageId)[0]?.state !== "answered",
    ).length;
  const buildZeroFigure = (figure: string, value: number, n: number): Figure => ({
    figure,
    value,
    target: "0",
    n,
    ok: n > 0 && value === 0,
  });
  return [
    buildZeroFigure("dead_letters_without_poison", dead.filter((id) => !wanted.has(id)).length, dead.length),
    buildZeroFigure(
      "poison_without_dead_letter",
      expected.filter((id) => !dead.includes(id)).length,
      expected.length,
    ),
    buildZeroFigure("dead_letters_with_another_reason", wrongReasons, poisoned.length),
    buildZeroFigure("replays_begun_twice_or_never", Math.abs(replays.began - expected.length), replays.asked),
    buildZeroFigure("poison_not_answered_after_repair", findUnanswered(poisoned), poisoned.length),
    buildZeroFigure("healthy_messages_not_answered", findUnanswered(good), good.length),
  ];
}
