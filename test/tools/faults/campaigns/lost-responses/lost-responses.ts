import { setTimeout as sleep } from "node:timers/promises";
import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../../campaign.ts";
import { replyTimeFigures } from "../../ledger/reply-times.ts";
import type { AmbiguousTime } from "../../ledger/ledger.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import { type LoadPlan, planMessages } from "../../load/message-plan.ts";
import { ambiguousSends, isSend } from "./ambiguous-sends.ts";
import { awaitIdle } from "./await-idle.ts";
import { compareRuns } from "./compare-runs.ts";
import { paidAgain } from "./paid-again.ts";
import { type Shares, toxicsOf } from "./lose-responses.ts";
import { type Edge, type Edges, openEdges, SEND_CHANNELS, type SendChannel } from "./open-edges.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";
import { modelProcessOf, processesOf } from "../../shape.ts";

interface Size {
  /** Sent once without faults and once, by other contacts, with lost responses. */
  messages: number;
  durationMs: number;
  /** Used one after the other during the lossy run, each for the same time. */
  shares: readonly Shares[];
  /** The longest time that faults continue after the last message was offered, ms. */
  faultMs: number;
  /** The number of sends that lose their response afterwards, on the channels without an idempotency key. */
  ambiguous: number;
  ambiguousMs: number;
}

const sameShares = (share: number): Shares => ({ stores: share, rare: share, sends: share });
const SIZES: Readonly<Record<Scale, Size>> = {
  short: {
    messages: 36,
    durationMs: 6_000,
    shares: [0.01, 0.05, 0.05].map((stores) => ({ stores, rare: 0.3, sends: 0.4 })),
    faultMs: 4_000,
    ambiguous: 15,
    ambiguousMs: 1_500,
  },
  full: {
    messages: 1_250,
    durationMs: 250_000,
    // The last four fifths are 1,000 turns at 5 %.
    shares: [0.01, 0.05, 0.05, 0.05, 0.05].map(sameShares),
    faultMs: 90_000,
    ambiguous: 350,
    ambiguousMs: 70_000,
  },
};
/** A response that is lost while it is made ("forwarded") is noticed a little later, by the clock of PostgreSQL. */
const RESPONSE_MS = 100;
const CHANNELS = Object.keys(SEND_CHANNELS) as SendChannel[];
const KEYLESS = CHANNELS.filter((channel) => channel !== "webhook");

/** Requests of every Parley process are carried out, but lose their response. */
export const lostResponses: Campaign = {
  name: "lost-responses",
  description:
    "PostgreSQL, Redis, Temporal, OpenAI and the channels lose 1 % and then 5 % of their responses; about 15 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, size: Size): Promise<CampaignReport> {
  const opened: Edges[] = [];
  const runs = { clean: [] as OfferedMessage[], lossy: [] as OfferedMessage[] };
  const list = () => opened.flatMap((edges) => edges.list);
  try {
    return await runUnderLoad(options, {
      campaign: "lost-responses",
      hasEventEndpoint: true,
      processes: [],
      async load(context) {
        const { shape } = options;
        const edges = await openEdges(context.faultSandbox, context.random.fork("proxies"), { shape });
        opened.push(edges);
        for (const each of processesOf(shape))
          await context.faultSandbox.startProcess({ ...each, env: edges.envOf(each.name) });
        runs.clean = await offer(context, size, 0);
        await awaitIdle(context, "the clean run");
        runs.lossy = await loseSomeResponses(context, size, edges.list);
        await awaitIdle(context, "the lossy run");
        await loseEverySendResponse(context, size, edges.list);
        context.ambiguousTimes.add(...edges.list.flatMap(ambiguousTimesOf));
      },
      injectFaults: () => Promise.resolve(),
      figures: (ledger) => [
        ...compareRuns(ledger, runs),
        ...ambiguousSends(ledger, list()),
        paidAgain(ledger, list(), modelProcessOf(options.shape)),
        ...replyTimeFigures(ledger),
      ],
    });
  } finally {
    for (const edges of opened) await edges.close();
  }
}

/** Half of the messages come from contacts who write once. The same seed makes the same plan for both groups of contacts. */
async function offer(
  { random, loader }: CampaignContext,
  size: Size,
  from: number,
): Promise<OfferedMessage[]> {
  const half = Math.floor(size.messages / 2);
  const plan = (label: string, more: Pick<LoadPlan, "messages" | "from" | "perContact">) =>
    planMessages({ random: random.fork(label), channels: CHANNELS, durationMs: size.durationMs, ...more });
  return await loader.offer([
    ...plan("once", { messages: half, perContact: 1, from }),
    ...plan("often", { messages: size.messages - half, perContact: 3, from: from + half }),
  ]);
}

async function loseSomeResponses(
  context: CampaignContext,
  size: Size,
  edges: readonly Edge[],
): Promise<OfferedMessage[]> {
  // A short run may hit no send of a channel; each channel is covered separately afterwards.
  for (const edge of edges) if (!(edge.to in SEND_CHANNELS)) context.faults.plan(kindOf(edge));
  const offered = offer(context, size, size.messages);
  for (const shares of size.shares) {
    for (const edge of edges) await edge.proxy.inject(toxicsOf(edge, shares));
    await sleep(size.durationMs / size.shares.length);
  }
  const all = await offered;
  // Open messages are answered under the same faults until the time limit.
  await awaitIdle(context, "the lossy run", size.faultMs);
  for (const { proxy } of edges) await proxy.heal();
  for (const edge of edges) context.faults.fired(kindOf(edge), edge.proxy.lostResponses.length);
  return all;
}

/** The failpoint `after_vendor_acceptance` a thousand times: the vendor accepts the send, and its response is lost. */
async function loseEverySendResponse(
  context: CampaignContext,
  size: Size,
  edges: readonly Edge[],
): Promise<void> {
  const ways = edges.filter(({ to }) => KEYLESS.some((channel) => channel === to));
  const before = ways.map(({ proxy }) => proxy.lostResponses.length);
  for (const { proxy } of ways)
    await proxy.inject([
      { kind: "lose_response", when: "forwarded", connectionLeft: "cut", probability: 0.2, only: isPost },
      { kind: "lose_response", when: "answered", connectionLeft: "hanging", probability: 0.05, only: isPost },
      { kind: "lose_response", when: "answered", connectionLeft: "cut", probability: 1, only: isPost },
    ]);
  await context.loader.offer(
    planMessages({
      random: context.random.fork("ambiguous"),
      channels: KEYLESS,
      messages: size.ambiguous,
      durationMs: size.ambiguousMs,
      perContact: 1,
      from: 2 * size.messages,
    }),
  );
  await awaitIdle(context, "sends without a response");
  for (const [i, { to, proxy }] of ways.entries()) {
    await proxy.heal();
    context.faults.plan(`every send by ${to}`);
    context.faults.fired(`every send by ${to}`, proxy.lostResponses.slice(before[i]).filter(isSend).length);
  }
}

/** Hits only sends: a status query gets its response. */
function isPost(label: string): boolean {
  return label.startsWith("POST ");
}

/** A worker may lose the response of a send, or that of a store to which it reports one or several sends. */
function ambiguousTimesOf({ from, to, proxy }: Edge): AmbiguousTime[] {
  if (from !== "worker" || (!(to in SEND_CHANNELS) && to !== "postgres" && to !== "temporal")) return [];
  return proxy.lostResponses.map(({ at }) => {
    const time = { from: at, until: at + RESPONSE_MS };
    return to in SEND_CHANNELS ? { ...time, responses: 1 } : time;
  });
}

function kindOf({ from, to }: Edge): string {
  if (to in SEND_CHANNELS) return "channels";
  if (to === "redis" || to === "openai") return to;
  return from === "api" ? `ingress and ${to}` : `workers and ${to}`;
}
