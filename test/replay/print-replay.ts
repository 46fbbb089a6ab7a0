import type { ReplayReport } from "./replay-histories.ts";

/** Formats the report as text: the histories that do not replay, and the reasons. */
export function printReplay({ ok, replayed, failures }: ReplayReport): string {
  if (ok) return `${replayed} histories replay as they were recorded.\n`;
  const lines = failures.map(
    ({ version, history, workflow_id: id, shapes, reason }) =>
      `  ${version}, history ${history}: ${id}\n    ${shapes.join("; ")}\n    ${reason}\n`,
  );
  const advice =
    "Runs like these may be open in an installation, and this workflow code cannot continue them.\n" +
    "Guard the change with patched(), or deploy it as a separate version: docs/deploys.md.\n";
  return `${failures.length} of ${replayed} histories do NOT replay:\n${lines.join("")}${advice}`;
}
