import { setTimeout as sleep } from "node:timers/promises";
import { createReceivers } from "../../../../infra/cli/demo/receivers.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../../support/eventually.ts";
import { LEAD_MS, type LoadRequest, openLoop } from "../load/open-loop.ts";
import { createWebhookRequest } from "../load/webhook-request.ts";
import { watchCompletions } from "../installation/count-completions.ts";
import { machineCpuMs } from "../machine/cpu-clock.ts";
import { watchServices } from "../machine/service-clock.ts";
import type { OpenRevision } from "./open-revision.ts";

/** The sample documents answer each; different texts of one contact are no loop. */
const QUESTIONS = [
  "Do you repair e-bikes?",
  "When are you open on Saturday?",
  "What does a small service cost?",
  "Can I rent a bike for a day?",
];
const AT_ONCE_PER_S = 200;
/** A vendor repeats a message that the ingress has rejected, so does this. */
const ATTEMPTS = 5;
const REPEATED_AFTER_MS = 1_000;
const ANSWERED_WITHIN_MS = 180_000;
/** The work after the last reply is part of the cost too. */
const SETTLE_MS = 1_000;
const IDLE_MS = 3_000;

/** CPU-ms per message of the processes of a revision and of the servers; not of the fakes and of the load. */
export type RevisionCpu = Record<string, number>;

export interface RevisionRound {
  messagesPerS: number;
  cpu: RevisionCpu;
  /** From the due time of a message at the ingress to its reply at the receiver. */
  latenciesMs: number[];
  othersCores: number;
}

export interface MeasuredRevision {
  sandbox: Sandbox;
  /** The name of the Temporal service in the sandbox. */
  temporal: string;
  revision: OpenRevision;
}

export interface RoundPlan {
  /** The authors of messages that are sent at once. */
  atOnce: readonly string[];
  /** The authors of messages that follow at a rate without queues. */
  paced: readonly string[];
  pacedPerS: number;
}

/** Servers that both revisions of a comparison share. */
const SERVERS = ["postgres", "redis"] as const;

export function openMeter({ sandbox, temporal, revision }: MeasuredRevision) {
  const groups = [
    ...revision.processes.map((processName): [string, string] => [
      processName.split("-")[0] ?? "",
      processName,
    ]),
    ["temporal", temporal] as const,
    ...SERVERS.map((server) => [server, server] as const),
  ];
  const services = [...groups.map(([, service]) => service), "fakes"];
  const watch = () => {
    const servicesSoFar = watchServices(sandbox, services);
    const [at, own, machine] = [performance.now(), ownCpuMs(), machineCpuMs()];
    return () => {
      const used = servicesSoFar();
      const ours = used.reduce((sum, ms) => sum + ms, 0) + ownCpuMs() - own;
      const elapsed = performance.now() - at;
      const others = Math.max(0, (machineCpuMs() - machine - ours) / elapsed);
      return { elapsed, used: used.slice(0, groups.length), others };
    };
  };
  let idlePerMs = groups.map(() => 0);
  const receivers = createReceivers(sandbox.urls);
  let turn = 0;
  const send = async (authors: readonly string[], perS: number) => {
    const config = { PUBLIC_BASE_URL: revision.url, WEBHOOK_SECRET: revision.webhookSecret };
    const text = QUESTIONS[turn++ % QUESTIONS.length] ?? "";
    const messages = authors.map((from) => createWebhookRequest(config, { from, text }));
    const requireCompletions = await watchCompletions(sandbox);
    const begin = Date.now() + LEAD_MS;
    await sendAll(
      revision.url,
      messages.map(({ load }) => load),
      perS,
    );
    const arrived = await awaitReplies(
      receivers,
      messages.map(({ id }) => id),
    );
    await requireCompletions(messages.length);
    return messages.map(({ id }, i) => (arrived.get(id) ?? 0) - begin - (i * 1000) / perS);
  };
  return {
    /** The use without messages, which is not part of their cost. */
    async watchIdle(): Promise<void> {
      const readUsed = watch();
      await sleep(IDLE_MS);
      const { elapsed, used } = readUsed();
      idlePerMs = used.map((ms) => ms / elapsed);
    },
    /** Messages that are not measured: they warm caches and become the history. */
    async warmUp(authors: readonly string[]): Promise<void> {
      await send(authors, AT_ONCE_PER_S);
    },
    async measureRound({ atOnce, paced, pacedPerS }: RoundPlan): Promise<RevisionRound> {
      const readUsed = watch();
      const ends = await send(atOnce, AT_ONCE_PER_S);
      await sleep(SETTLE_MS);
      const { elapsed, used, others } = readUsed();
      const cpu = groups.map(([group], i) => [
        group,
        Math.max(0, (used[i] ?? 0) - (idlePerMs[i] ?? 0) * elapsed) / atOnce.length,
      ]);
      return {
        messagesPerS: (atOnce.length * 1000) / Math.max(...ends),
        cpu: Object.fromEntries(cpu) as RevisionCpu,
        latenciesMs: await send(paced, pacedPerS),
        othersCores: others,
      };
    },
  };
}

export type RevisionMeter = ReturnType<typeof openMeter>;

/** A rejected message keeps its id and its due time, so the wait for its repetition counts. */
async function sendAll(url: string, requests: readonly LoadRequest[], perS: number): Promise<void> {
  let open = requests;
  for (let attempt = 1; open.length > 0; attempt++) {
    if (attempt > ATTEMPTS)
      throw new Error(`The ingress rejected ${open.length} messages ${ATTEMPTS} times.`);
    if (attempt > 1) await sleep(REPEATED_AFTER_MS);
    const { answers } = await openLoop(url, open, perS);
    open = open.filter((_, i) => answers[i]?.status !== 202);
  }
}

/** Asks the receiver and not the database, which another revision may have designed otherwise. */
async function awaitReplies(
  receivers: ReturnType<typeof createReceivers>,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const arrived = new Map<string, number>();
  const waiting = new Set(ids);
  const isComplete = async () => {
    for (const { inReplyTo, at } of await receivers.pollNew())
      for (const id of inReplyTo) if (waiting.delete(id)) arrived.set(id, at);
    return waiting.size === 0;
  };
  await eventually("replies to all messages", isComplete, ANSWERED_WITHIN_MS);
  return arrived;
}

/** CPU time of the process of the benchmark, without the servers, which are its children. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
