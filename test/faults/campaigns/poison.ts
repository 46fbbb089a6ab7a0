import { outcomesOf } from "../../../db/outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure, Scale } from "../campaign.ts";
import { answerTimes } from "../ledger/answer-times.ts";
import { indexLedger } from "../ledger/index-ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { planMessages } from "../load/message-plan.ts";
import { openWebhookAccount } from "../open-webhook-account.ts";
import { DOOMED_ACCOUNT, type Poison, POISONS } from "../poison/break-message.ts";
import { PART_REFUSED, refuseSecondPart } from "../poison/refuse-second-part.ts";
import { allDeadLetters, replayTogether } from "../poison/replay-together.ts";
import { type Scene, underLoad } from "../under-load.ts";

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
/** Time to break what a message needs between its acknowledgement and its first step. */
const QUIET_MS = 5_000;
const DEAD_WITHIN_MS = 240_000;

/** Messages that nobody can answer, amid those that can be: each is a dead letter, and nothing else is; mended, each is answered once. */
export const poison: Campaign = {
  name: "poison",
  about: "messages that break a step each time, amid good load, dead and then mended; about 4 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

/** What the trouble saw, for the figures. */
interface Seen {
  /** Ids of the turns and letters that were dead when all poison had ended. */
  dead: string[];
  expected: string[];
  wrongReasons: number;
  replays: { began: number; others: number; asked: number };
  poisoned: OfferedMessage[];
}

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  let seen: Seen | undefined;
  return await underLoad(options, {
    campaign: "poison",
    env: { PARLEY_QUIET_WINDOW_WEBHOOK_MS: String(QUIET_MS) },
    async load({ loader, random }) {
      const plan = { random: random.fork("load"), channels: ["webhook", "twilio-sms", "whatsapp"] as const };
      await loader.offer(planMessages({ ...plan, messages: size.messages, durationMs: size.durationMs }));
    },
    async trouble(scene) {
      seen = await spread(scene, size);
    },
    figures: (ledger) => [...answerTimes(ledger), ...(seen === undefined ? [] : figures(ledger, seen))],
  });
}

async function spread(scene: Scene, size: Size): Promise<Seen> {
  const { faults, faultStack, progress } = scene;
  await openWebhookAccount(faultStack, {
    tenantId: faultStack.config.PARLEY_TENANT,
    accountId: DOOMED_ACCOUNT,
  });
  const broken = await breakAll(scene, size.ofEach);
  const parts = await diedInParts(scene);
  const poisoned = broken.map(({ message }) => message);
  progress.tick(`  poison: ${poisoned.length} messages are poison`);
  const ends = await endsOf(scene, poisoned);
  const dead = await allDeadLetters(scene);
  const wrongReasons = ends.filter(({ reason }, i) => reason !== broken[i]?.poison.reason).length;
  for (const { mend } of broken) await mend();
  const expected = [...ends.map(({ turnId }) => turnId ?? ""), parts];
  const replays = await replayTogether(scene, expected);
  faults.fired("a replay by several at once", replays.asked);
  return { dead: dead.map(({ id }) => id), expected, wrongReasons, replays, poisoned };
}

interface Broken {
  message: OfferedMessage;
  poison: Poison;
  mend: () => Promise<void>;
}

/** The removed account is broken once for all of its messages. */
async function breakAll(scene: Scene, ofEach: number): Promise<Broken[]> {
  const broken: Broken[] = [];
  for (const [kind, each] of POISONS.entries()) {
    scene.faults.plan(each.kind);
    const messages = await offer(scene, {
      from: 50_000 + kind * 1_000,
      count: ofEach,
      accountId: each.accountId,
    });
    const breaks = each.accountId === undefined ? messages : messages.slice(0, 1);
    const mends = await Promise.all(
      breaks.map(async ({ providerMessageId }) => await each.breakIt(scene, providerMessageId)),
    );
    scene.faults.fired(each.kind, messages.length);
    broken.push(
      ...messages.map((message, i) => ({ message, poison: each, mend: mends[i] ?? (async () => undefined) })),
    );
  }
  return broken;
}

async function offer(
  { loader, random }: Scene,
  { from, count, accountId }: { from: number; count: number; accountId?: string | undefined },
): Promise<OfferedMessage[]> {
  const plan = {
    random: random.fork(`poison ${from}`),
    channels: ["webhook"] as const,
    perPerson: 1,
    redelivered: 0,
  };
  const account = accountId === undefined ? {} : { accountId };
  return await loader.offer(planMessages({ ...plan, ...account, messages: count, durationMs: 1, from }));
}

async function diedInParts(scene: Scene): Promise<string> {
  scene.faults.plan(PART_REFUSED);
  const plan = { random: scene.random.fork("telegram"), channels: ["telegram"] as const, redelivered: 0 };
  const [hello] = await scene.loader.offer(
    planMessages({ ...plan, messages: 1, durationMs: 1, perPerson: 1, from: 60_000 }),
  );
  if (hello === undefined) throw new Error("Nobody wrote on Telegram.");
  const isAnswered = async () => (await endsOf(scene, [hello])).every(({ state }) => state === "answered");
  await eventually("an answer on Telegram", isAnswered, DEAD_WITHIN_MS);
  return await refuseSecondPart(scene, hello.providerMessageId);
}

/** Where each of them stands, once all have ended. */
async function endsOf({ faultStack: { db } }: Scene, messages: readonly OfferedMessage[]) {
  const ids = messages.map(({ providerMessageId }) => providerMessageId);
  return await eventually(
    `the ends of ${ids.length} messages`,
    async () => {
      const rows = await outcomesOf(db, ids);
      const isOpen = rows.some(({ state }) => state === "pending" || state === "in_turn");
      const byId = new Map(rows.map((row) => [row.providerMessageId, row]));
      return isOpen || rows.length < ids.length ? null : ids.flatMap((id) => byId.get(id) ?? []);
    },
    DEAD_WITHIN_MS,
  );
}

function figures(ledger: Ledger, { dead, expected, wrongReasons, replays, poisoned }: Seen): Figure[] {
  const wanted = new Set(expected);
  const index = indexLedger(ledger);
  const poisonIds = new Set(poisoned.map(({ providerMessageId }) => providerMessageId));
  const good = index.acknowledged.filter(({ providerMessageId }) => !poisonIds.has(providerMessageId));
  const unanswered = (messages: readonly OfferedMessage[]) =>
    messages.filter(
      ({ channel, providerMessageId }) => index.rowsOf(channel, providerMessageId)[0]?.state !== "answered",
    ).length;
  const none = (figure: string, value: number, n: number): Figure => ({
    figure,
    value,
    target: "0",
    n,
    ok: n > 0 && value === 0,
  });
  return [
    none("dead_letters_that_were_no_poison", dead.filter((id) => !wanted.has(id)).length, dead.length),
    none("poison_without_dead_letter", expected.filter((id) => !dead.includes(id)).length, expected.length),
    none("dead_letters_with_another_reason", wrongReasons, poisoned.length),
    none("replays_begun_twice_or_never", Math.abs(replays.began - expected.length), replays.asked),
    none("poison_not_answered_after_mending", unanswered(poisoned), poisoned.length),
    none("good_messages_not_answered", unanswered(good), good.length),
  ];
}
