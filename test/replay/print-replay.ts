import type { ReplayReport } from "./replay-histories.ts";

/** The report for a person: what may not be deployed, and why. */
export function printReplay({ ok, replayed, failures }: ReplayReport): string {
  if (ok) return `${replayed} histories replay as they were recorded.\n`;
  const lines = failures.map(
    ({ version, history, workflow_id: id, shapes, why }) =>
      `  ${version}, history ${history}: ${id}\n    ${shapes.join("; ")}\n    ${why}\n`,
  );
  const advice =
    "Runs like these may be under way somewhere, and this workflow code would not know how to go on with them.\n" +
    "Guard the change with patched(), or deploy it beside the old one: docs/deploys.md.\n";
  return `${failures.length} of ${replayed} histories do NOT replay:\n${lines.join("")}${advice}`;
}
