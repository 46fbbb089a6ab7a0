import type { CampaignReport } from "../campaign.ts";
import { INVARIANTS } from "../ledger/check-invariants.ts";
import type { Summary } from "./summarise.ts";

/** Formats the run as a table. */
export function printRun(summary: Summary): string {
  const rows = summary.campaigns.map((report) => [
    report.campaign,
    String(report.seed),
    String(report.messages_acknowledged),
    String(Object.values(report.faults_fired).reduce((sum, times) => sum + times, 0)),
    ...Object.keys(INVARIANTS).map((name) => formatVerdict(report, name as keyof typeof INVARIANTS)),
    report.ok ? "passed" : "NOT PASSED",
  ]);
  const head = ["campaign", "seed", "messages", "faults", ...Object.keys(INVARIANTS), "verdict"];
  const missing = summary.not_run.map(
    ({ campaign, seed, reason }) =>
      `${campaign}${seed === null ? "" : ` (seed ${seed})`}: not run, ${reason}`,
  );
  const broken = summary.broken.map(
    ({ campaign, seed, reason }) => `${campaign} (seed ${seed}) failed with an error: ${reason}`,
  );
  const legend = Object.entries(INVARIANTS).map(([name, { title }]) => `${name} ${title}`);
  return `${[
    ...table([head, ...rows]),
    "",
    ...summary.campaigns.flatMap(details),
    ...missing,
    ...broken,
    `${legend.join(", ")}.`,
    summary.ok
      ? `Passed: ${summary.messages_acknowledged} messages, ${summary.faults_fired} faults, scale ${summary.scale}.`
      : "Did NOT pass.",
  ].join("\n")}\n`;
}

function formatVerdict({ invariants }: CampaignReport, name: keyof typeof INVARIANTS): string {
  const verdict = invariants[name];
  if (verdict === undefined) return "-";
  return verdict.ok ? String(verdict.checked) : `${verdict.violations.length}!`;
}

function details(report: CampaignReport): string[] {
  const fired = Object.entries(report.faults_fired).map(([kind, times]) => `${kind} ${times}`);
  const violations = Object.entries(report.invariants).flatMap(([name, verdict]) =>
    verdict.violations.map((violation) => `    ${name}: ${violation}`),
  );
  const figures = report.figures.map(
    ({ figure, value, target, n, ok }) =>
      `    ${figure} ${value} (${target}; n = ${n})${ok ? "" : "  MISSED"}`,
  );
  const notFired = report.faults_not_fired.map((kind) => `    planned and never fired: ${kind}`);
  const withoutHit = (report.faults_without_hit ?? []).map(
    (kind) => `    hit nothing at least once: ${kind}`,
  );
  return [
    `  ${report.campaign}, seed ${report.seed}, ${report.shapes.join(" and ")}: ${fired.join(", ")}`,
    ...notFired,
    ...withoutHit,
    ...violations,
    ...figures,
    "",
  ];
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}
