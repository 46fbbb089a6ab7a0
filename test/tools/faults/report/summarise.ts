import type { CampaignReport, Invariant, Scale, Verdict } from "../campaign.ts";

/** The result of one campaign with one seed. */
export type Run =
  | { kind: "run"; report: CampaignReport }
  | { kind: "not_run"; campaign: string; seed: number; reason: string }
  | { kind: "broken"; campaign: string; seed: number; reason: string };

/** The output of `--json`. */
export interface Summary {
  /** Every requested campaign was run and passed, and a full run reached its minimum of messages and faults. */
  ok: boolean;
  scale: Scale;
  seeds: number[];
  messages_acknowledged: number;
  faults_fired: number;
  /** The verdicts of all runs together. */
  invariants: Partial<Record<Invariant, { ok: boolean; checked: number; violations: number }>>;
  campaigns: CampaignReport[];
  /** Campaigns that were not requested or cannot run on this machine. */
  not_run: { campaign: string; seed: number | null; reason: string }[];
  broken: { campaign: string; seed: number; reason: string }[];
}

/** The minimum of a full run: every campaign with three seeds. */
const FULL_RUN = { seeds: 3, messages: 10_000, faults: 500 };

export function summarise(
  runs: readonly Run[],
  { notChosen, scale }: { notChosen: readonly string[]; scale: Scale },
): Summary {
  const reports = runs.flatMap((run) => (run.kind === "run" ? [run.report] : []));
  const impossible = runs.flatMap((run) => (run.kind === "not_run" ? [strip(run)] : []));
  const broken = runs.flatMap((run) => (run.kind === "broken" ? [strip(run)] : []));
  const skipped = notChosen.map((campaign) => ({ campaign, seed: null, reason: "not requested" }));
  const seeds = [...new Set(reports.map(({ seed }) => seed))];
  const messages = reports.reduce((sum, report) => sum + report.messages_acknowledged, 0);
  const faults = reports
    .flatMap((report) => Object.values(report.faults_fired))
    .reduce((sum, n) => sum + n, 0);
  const isFull = scale === "full" && notChosen.length === 0 && seeds.length >= FULL_RUN.seeds;
  const isEnough = !isFull || (messages >= FULL_RUN.messages && faults >= FULL_RUN.faults);
  const haveRun = reports.length > 0 && broken.length === 0 && impossible.length === 0;
  return {
    ok: haveRun && reports.every(hasPassed) && isEnough,
    scale,
    seeds,
    messages_acknowledged: messages,
    faults_fired: faults,
    invariants: sumVerdicts(reports),
    campaigns: reports,
    not_run: [...impossible, ...skipped],
    broken,
  };
}

/** Checks the verdicts too, and not only the `ok` of the report. */
function hasPassed({
  ok,
  messages_acknowledged: accepted,
  faults_not_fired: notFired,
  ...report
}: CampaignReport) {
  const verdicts = Object.values(report.invariants);
  const checks = [...verdicts, ...report.figures];
  return (
    ok && accepted > 0 && notFired.length === 0 && verdicts.length > 0 && checks.every((each) => each.ok)
  );
}

function strip({ campaign, seed, reason }: { campaign: string; seed: number; reason: string }) {
  return { campaign, seed, reason };
}

function sumVerdicts(reports: readonly CampaignReport[]): Summary["invariants"] {
  const sums: Summary["invariants"] = {};
  for (const { invariants } of reports)
    for (const [name, verdict] of Object.entries(invariants) as [Invariant, Verdict][]) {
      const { ok, checked, violations } = sums[name] ?? { ok: true, checked: 0, violations: 0 };
      sums[name] = {
        ok: ok && verdict.ok,
        checked: checked + verdict.checked,
        violations: violations + verdict.violations.length,
      };
    }
  return sums;
}
