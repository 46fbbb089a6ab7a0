import type { Progress } from "../../../../infra/sandbox/progress.ts";
import type { CampaignReport, Scale } from "../campaign.ts";
import type { Shape } from "../shape.ts";
import { type Action, planRound, type RoundPlan, SIZES } from "./round-plan.ts";
import { runRound } from "./run-round.ts";
import { shrink } from "./shrink.ts";

export interface ExploreOptions {
  seed: number;
  /** No round begins after this time. The search for the smallest failing combination has as much time again. */
  minutes: number;
  progress: Progress;
  scale: Scale;
  /** The shape of all rounds. Default: the seed decides. */
  shape?: Shape | undefined;
  /** Repeats one round, with these actions only if they are given. */
  only?: { round: number; actions: readonly number[] | null };
}

export interface RoundResult {
  round: number;
  settings: RoundPlan["settings"];
  report: CampaignReport;
}

export interface FailedRound extends RoundResult {
  /** The smallest combination that was seen to violate one of the same invariants. */
  smallest: { actions: readonly Action[]; report: CampaignReport };
}

export interface Exploration {
  seed: number;
  scale: Scale;
  /** The shape that was chosen for all rounds. */
  shape: Shape | undefined;
  rounds: RoundResult[];
  failure: FailedRound | null;
  /** A round that ended with an error of its own, and not with a verdict. */
  broken: { round: number; reason: string } | null;
  duration_s: number;
}

/** Rounds of random faults, settings and messages, until one fails or the time is over. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { seed, minutes, progress, scale, shape, only } = options;
  const startedAt = Date.now();
  const isOver = () => Date.now() - startedAt > minutes * 60_000;
  const rounds: RoundResult[] = [];
  const end = (rest: Partial<Pick<Exploration, "failure" | "broken">>): Exploration => ({
    seed,
    scale,
    shape,
    rounds,
    failure: null,
    broken: null,
    ...rest,
    duration_s: Math.round((Date.now() - startedAt) / 1_000),
  });
  for (let round = only?.round ?? 1; rounds.length === 0 || (only === undefined && !isOver()); round++) {
    const plan = planRound(seed, round, { ...SIZES[scale], shape });
    const chosen = only?.actions ?? null;
    const actions = plan.actions.filter(({ id }) => chosen === null || chosen.includes(id));
    try {
      const report = await judgeRound({ ...plan, name: nameOf(plan), actions }, progress);
      const result = { round, settings: plan.settings, report };
      rounds.push(result);
      if (report.ok) continue;
      const smallest =
        chosen === null ? await findSmallest(plan, report, { progress, minutes }) : { actions, report };
      return end({ failure: { ...result, smallest } });
    } catch (error) {
      return end({
        broken: { round, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      });
    }
  }
  return end({});
}

function nameOf({ round }: RoundPlan): string {
  return `explore-round-${round}`;
}

async function judgeRound(plan: RoundPlan & { name: string }, progress: Progress): Promise<CampaignReport> {
  const faults = plan.actions.filter(({ kind }) => kind === "fault").map(({ name }) => name);
  progress.step(
    `Round ${plan.round}, ${plan.settings.shape}: ${plan.actions.length} actions, ${faults.join(", ") || "no fault"}`,
  );
  const report = await runRound(plan, progress);
  const violated = Object.entries(report.invariants).filter(([, { ok }]) => !ok);
  const verdict = report.ok ? "passed" : `did NOT pass: ${violated.map(([name]) => name).join(", ")}`;
  progress.note(`  ${verdict}, ${report.messages_acknowledged} messages, ${report.duration_s} s`);
  return report;
}

/** Only a combination that violates the same invariants counts. Without most of its load, a run is always trivial. */
async function findSmallest(
  plan: RoundPlan,
  first: CampaignReport,
  { progress, minutes }: { progress: Progress; minutes: number },
): Promise<{ actions: readonly Action[]; report: CampaignReport }> {
  const wanted = violatedBy(first);
  const until = Date.now() + minutes * 60_000;
  let last = first;
  const fails = async (actions: readonly Action[]) => {
    const report = await judgeRound({ ...plan, name: `${nameOf(plan)}-smaller`, actions }, progress);
    const isSame = violatedBy(report).some((name) => wanted.includes(name));
    if (isSame) last = report;
    return isSame;
  };
  const actions = await shrink(plan.actions, fails, () => Date.now() > until);
  return { actions, report: last };
}

function violatedBy({ invariants }: CampaignReport): string[] {
  return Object.entries(invariants).flatMap(([name, { ok }]) => (ok || name === "I9" ? [] : [name]));
}

/** The command that repeats a round, or a part of it. */
export function repeatCommand(
  { seed, scale, shape }: Pick<Exploration, "seed" | "scale" | "shape">,
  round: number,
  actions: readonly { id: number }[] | null,
): string {
  const chosen =
    actions === null
      ? ""
      : ` --actions ${actions
          .map(({ id }) => id)
          .toSorted((a, b) => a - b)
          .join(",")}`;
  const size = scale === "full" ? "" : ` --scale ${scale}`;
  const form = shape === undefined ? "" : ` --shape ${shape}`;
  return `npm run faults -- explore --seed ${seed}${size}${form} --round ${round}${chosen}`;
}
