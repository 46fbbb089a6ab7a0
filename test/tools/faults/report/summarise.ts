import type { CampaignReport, Invariant, Scale, Verdict } from "../campaign.ts";

/** What became of one campaign with one seed. */
export type Run =
  | { kind: "run"; report: CampaignReport }
  | { kind: "not_run"; campaign: string; seed: number; reason: string }
  | { kind: "broken"; campaign: string; seed: number; reason: string };

/** What `--json` prints. */
export interface Summary {
  /** Every campaign that was asked for was run and held; and the whole of them came to what was promised. */
  ok: boolean;
  scale: Scale;
  seeds: number[];
  messages_acknowledged: number;
  faults_fired: number;
  /** The verdicts of all runs together. */
  invariants: Partial<Record<Invariant, { ok: boolean; checked: number; violations: number }>>;
  campaigns: CampaignReport[];
  /** Not asked for, or impossible here, with the reason. */
  not_run: { campaign: string; seed: number | null; reason: string }[];
  broken: { campaign: string; seed: number; reason: string }[];
}

/** What the whole of it has to amount to: every campaign, with three seeds. */
const WHOLE = { seeds: 3, messages: 10_000, faults: 500 };

export function summarise(
  runs: readonly Run[],
  { notChosen, scale }: { notChosen: readonly string[]; scale: Scale },
): Summary {
  const reports = runs.flatMap((run) => (run.kind === "run" ? [run.report] : []));
  const impossible = runs.flatMap((run) => (run.kind === "not_run" ? [strip(run)] : []));
  const broken = runs.flatMap((run) => (run.kind === "broken" ? [strip(run)] : []));
  const skipped = notChosen.map((campaign) => ({ campaign, seed: null, reason: "not asked for" }));
  const seeds = [...new Set(reports.map(({ seed }) => seed))];
  const messages = reports.reduce((sum, report) => sum + report.messages_acknowledged, 0);
  const faults = reports
    .flatMap((report) => Object.values(report.faults_fired))
    .reduce((sum, n) => sum + n, 0);
  const isWhole = scale === "full" && notChosen.length === 0 && seeds.length >= WHOLE.seeds;
  const isEnough = !isWhole || (messages >= WHOLE.messages && faults >= WHOLE.faults);
  const haveRun = reports.length > 0 && broken.length === 0 && impossible.length === 0;
  return {
    ok: haveRun && reports.every(hasHeld) && isEnough,
    scale,
    seeds,
    messages_acknowledged: messages,
    faults_fired: faults,
    invariants: together(reports),
    campaigns: reports,
    not_run: [...impossible, ...skipped],
    broken,
  };
}

/** A report's own word, and what stands behind it. */
function hasHeld({ ok, messages_acknowledged: taken, faults_not_fired: silent, ...report }: CampaignReport) {
  const verdicts = Object.values(report.invariants);
  const judged = [...verdicts, ...report.figures];
  return ok && taken > 0 && silent.length === 0 && verdicts.length > 0 && judged.every((each) => each.ok);
}

function strip({ campaign, seed, reason }: { campaign: string; seed: number; reason: string }) {
  return { campaign, seed, reason };
}

function together(reports: readonly CampaignReport[]): Summary["invariants"] {
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
