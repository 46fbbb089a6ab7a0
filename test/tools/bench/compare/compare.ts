import type { Progress } from "../../../../infra/sandbox/progress.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { createRevisionChart } from "../charts/revision-chart.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { median } from "../pipeline/figures.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { openRevision } from "../real-steps/open-revision.ts";
import { openMeter, type RevisionRound } from "../real-steps/measure-revision.ts";
import {
  createAuthors,
  measureOne,
  QUICK,
  type RealPace,
  ROOT,
  warmUp,
  WHOLE,
} from "../real-steps/real-steps.ts";
import { summarizeRounds, formatRevision, totalCpu } from "../real-steps/revision-figures.ts";
import { checkOutRevision } from "./checkout-revision.ts";

/** The goal against the revision before the work on the cost of a message. */
const BARS = { cpu_ratio_max: 0.45 };

/** The real steps of this checkout and of another revision, in turn, on the same servers. */
export const compare: Benchmark = {
  name: "compare",
  runsByNameOnly: true,
  description: `the real steps of this checkout and of REV, ${WHOLE.rounds} rounds in turn; about 5 minutes, and the installation of its packages`,
  async measure({ sandbox, progress, quick, server, revision }: BenchOptions) {
    if (revision === null) throw new Error("compare needs a revision: npm run bench -- compare REV");
    const { commit, root } = await checkOutRevision(ROOT, revision, progress);
    const temporal = await openTemporal(sandbox, { server, progress });
    const own = { ...sandbox, env: { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address } };
    const [theirs = [], ours = []] = await measureInTurn(own, {
      roots: { theirs: root, ours: ROOT },
      temporal: temporal.service,
      pace: quick ? QUICK : WHOLE,
      progress,
    });
    const ratios = {
      cpu: ratioByRound(ours, theirs, totalCpu),
      messages_per_s: ratioByRound(ours, theirs, ({ messagesPerS }) => messagesPerS),
    };
    const report = {
      ok: ratios.cpu <= BARS.cpu_ratio_max,
      bench: "compare",
      machine: machine(sandbox),
      temporal_server: temporal.about,
      bars: BARS,
      revision: commit,
      ratios,
      theirs: summarizeRounds(theirs),
      ours: summarizeRounds(ours),
    };
    await temporal.close();
    return {
      report,
      charts: [
        createRevisionChart("compare", "CPU-ms of a message, real steps", {
          [commit.slice(0, 8)]: report.theirs,
          "this checkout": report.ours,
        }),
      ],
      lines: [
        machineLine(report.machine),
        formatRevision(commit.slice(0, 8), report.theirs),
        formatRevision("this checkout", report.ours),
        `CPU per message: ${ratios.cpu} of ${commit.slice(0, 8)} (bar ${BARS.cpu_ratio_max}); throughput: ${ratios.messages_per_s} times`,
      ],
    };
  },
};

interface Turns {
  /** The checkouts, by the name of their installation. */
  roots: Readonly<Record<string, string>>;
  /** The name of the Temporal service in the sandbox. */
  temporal: string;
  pace: RealPace;
  progress: Progress;
}

/** The rounds of each checkout, in the order of `roots`. */
async function measureInTurn(
  sandbox: Sandbox,
  { roots, temporal, pace, progress }: Turns,
): Promise<RevisionRound[][]> {
  const arms = [];
  for (const [name, root] of Object.entries(roots)) {
    progress.tick(`  starting ${name}`);
    const revision = await openRevision(sandbox, { name, root, shape: "apart", eventsUrl: null });
    const meter = openMeter({ sandbox, temporal, revision });
    const rounds: RevisionRound[] = [];
    arms.push({ name, revision, meter, authors: createAuthors(name, "known"), rounds });
  }
  for (const { meter, authors, name } of arms) {
    progress.tick(`  warm-up: ${name}`);
    await warmUp(meter, { authors, pace });
  }
  for (let round = 1; round <= pace.rounds; round++)
    // Every second round begins with the other one, so that an order does not favour a revision.
    for (const { name, meter, authors, rounds } of round % 2 === 0 ? arms.toReversed() : arms) {
      progress.tick(`  round ${round} of ${pace.rounds}: ${name}`);
      rounds.push(await measureOne(meter, { authors, pace }));
    }
  for (const { revision } of arms) await revision.close();
  return arms.map(({ rounds }) => rounds);
}

/** The median of the ratios of neighbouring rounds, because a disturbance lasts longer than a round. */
function ratioByRound(
  ours: readonly RevisionRound[],
  theirs: readonly RevisionRound[],
  pick: (round: RevisionRound) => number,
): number {
  return median(
    ours.flatMap((round, i) => {
      const other = theirs[i];
      return other === undefined ? [] : [pick(round) / pick(other)];
    }),
  );
}
