import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { countModelCalls } from "../installation/count-completions.ts";
import { delayModel } from "../installation/model-delay.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { median, round } from "../pipeline/figures.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { openRevision, type OpenRevision } from "../real-steps/open-revision.ts";
import { openMeter, type RevisionMeter, type RevisionRound } from "../real-steps/measure-revision.ts";
import { createAuthors, ROOT, warmUp } from "../real-steps/real-steps.ts";
import { formatRevision, type RevisionFigures, summarizeRounds } from "../real-steps/revision-figures.ts";

/** Values of PARLEY_MODEL_CALL_PLACE. */
const PLACES = ["local", "queue"] as const;
type Place = (typeof PLACES)[number];

/** The time that the model takes for a completion, ms. */
const MODELS_MS = [0, 800, 5_000] as const;
/** `auto` calls a model locally that usually takes less than this. */
const AUTO_LOCAL_BELOW_MS = 3_000;
/** Where `auto` chooses the local place, it must not cost more than the queue. */
const BARS = { cpu_ratio_max: 1 };

const WHOLE = { rounds: 2, atOnce: 200, paced: 24, history: 1, killed: 40, kills: 3 };
const QUICK = { rounds: 1, atOnce: 10, paced: 4, history: 1, killed: 5, kills: 1 };
const PACED_PER_S = 4;
/** By then some of the messages have reached the model. Half of its time later its calls are under way. */
const AT_MODEL_MS = 600;

interface Kills {
  kills: number;
  messages: number;
  /** From each kill to the last reply, ms. */
  last_reply_after_ms: number[];
  /** Model calls that were begun, so paid, for each message. */
  calls_per_message: number;
}

interface PlaceFigures extends RevisionFigures {
  place: Place;
  model_ms: number;
  worker_killed: Kills;
}

export const modelPlace: Benchmark = {
  name: "model-place",
  description:
    "the model call inside the workflow task and over the queue, with models of 0, 800 and 5,000 ms, 200 messages at once, and kill -9 of the worker; about 8 minutes",
  async measure({ sandbox, progress, quick, server }: BenchOptions) {
    const temporal = await openTemporal(sandbox, { server, progress });
    const own = { ...sandbox, env: { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address } };
    const pace = quick ? QUICK : WHOLE;
    const arms: Arm[] = [];
    for (const place of PLACES) {
      progress.tick(`  starting ${place}`);
      const settings = { PARLEY_MODEL_CALL_PLACE: place };
      const name = `place_${place}`;
      const revision = await openRevision(own, {
        name,
        root: ROOT,
        shape: "apart",
        eventsUrl: null,
        settings,
      });
      const meter = openMeter({ sandbox: own, temporal: temporal.service, revision });
      const authors = createAuthors(name, "known");
      await warmUp(meter, { authors, pace });
      arms.push({ place, revision, meter, authors });
    }
    const figures: PlaceFigures[] = [];
    for (const modelMs of MODELS_MS) {
      await delayModel(own, modelMs);
      const rounds = await measureInTurn(arms, { pace, about: `model of ${modelMs} ms`, progress });
      for (const [i, arm] of arms.entries()) {
        progress.tick(`  model of ${modelMs} ms, ${arm.place}: kills of the worker`);
        figures.push({
          place: arm.place,
          model_ms: modelMs,
          ...summarizeRounds(rounds[i] ?? []),
          worker_killed: await killWorker(own, arm, { modelMs, pace }),
        });
      }
    }
    await delayModel(own, 0);
    for (const { revision } of arms) await revision.close();
    const ratios = judgePlaces(figures);
    const report = {
      ok: ratios.every(({ is_chosen: isChosen, cpu }) => !isChosen || cpu <= BARS.cpu_ratio_max),
      bench: "model-place",
      machine: machine(sandbox),
      temporal_server: temporal.about,
      bars: BARS,
      local_against_queue: ratios,
      figures,
    };
    await temporal.close();
    return { report, lines: [machineLine(report.machine), ...figures.flatMap(formatFigures)] };
  },
};

interface Arm {
  place: Place;
  revision: OpenRevision;
  meter: RevisionMeter;
  authors: (count: number) => string[];
}

type Pace = typeof WHOLE;

/** The rounds of each place, in turn. */
async function measureInTurn(
  arms: readonly Arm[],
  { pace, about, progress }: { pace: Pace; about: string; progress: BenchOptions["progress"] },
): Promise<RevisionRound[][]> {
  const rounds = arms.map((): RevisionRound[] => []);
  for (let n = 1; n <= pace.rounds; n++)
    for (const [i, { place, meter, authors }] of arms.entries()) {
      progress.tick(`  ${about}, ${place}: round ${n} of ${pace.rounds}`);
      const plan = { atOnce: authors(pace.atOnce), paced: authors(pace.paced), pacedPerS: PACED_PER_S };
      rounds[i]?.push(await meter.measureRound(plan));
    }
  return rounds;
}

/** Kills the only worker during the model calls, and starts it again at once. */
async function killWorker(
  sandbox: Sandbox,
  { revision, meter, authors }: Arm,
  { modelMs, pace }: { modelMs: number; pace: Pace },
): Promise<Kills> {
  const worker = revision.processes.find((name) => name.startsWith("worker")) ?? "";
  const countCalls = await countModelCalls(sandbox);
  const after: number[] = [];
  for (let n = 0; n < pace.kills; n++) {
    const replied = meter.warmUp(authors(pace.killed));
    await sleep(AT_MODEL_MS + modelMs / 2);
    await sandbox.end(worker, "SIGKILL");
    const killedAt = performance.now();
    await sandbox.restart(worker);
    await replied;
    after.push(Math.round(performance.now() - killedAt));
  }
  const messages = pace.kills * pace.killed;
  return {
    kills: pace.kills,
    messages,
    last_reply_after_ms: after,
    calls_per_message: round((await countCalls()) / messages),
  };
}

interface PlaceRatio {
  model_ms: number;
  /** `auto` would call this model locally. */
  is_chosen: boolean;
  cpu: number;
  messages_per_s: number;
  last_reply_after_kill: number;
}

/** The local place divided by the queue, for each model. */
function judgePlaces(figures: readonly PlaceFigures[]): PlaceRatio[] {
  return figures
    .filter(({ place }) => place === "local")
    .flatMap((local) => {
      const queue = figures.find((each) => each.place === "queue" && each.model_ms === local.model_ms);
      if (queue === undefined) return [];
      const lastReply = ({ worker_killed: killed }: PlaceFigures) => median(killed.last_reply_after_ms);
      return [
        {
          model_ms: local.model_ms,
          is_chosen: local.model_ms < AUTO_LOCAL_BELOW_MS,
          cpu: round(local.cpu_ms_per_message / queue.cpu_ms_per_message),
          messages_per_s: round(local.messages_per_s / queue.messages_per_s),
          last_reply_after_kill: round(lastReply(local) / lastReply(queue)),
        },
      ];
    });
}

function formatFigures({
  place,
  model_ms: modelMs,
  worker_killed: killed,
  ...figures
}: PlaceFigures): string[] {
  return [
    formatRevision(`${place}, model of ${modelMs} ms`, figures),
    `  ${killed.kills} kills of the worker: last reply after ${killed.last_reply_after_ms.join(", ")} ms, ${killed.calls_per_message} calls a message`,
  ];
}
