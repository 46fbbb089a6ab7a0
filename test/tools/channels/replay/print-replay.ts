import pc from "picocolors";
import type { ReplayReport } from "./replay-bodies.ts";

/** The report for a terminal. */
export function printReplay({ ok, bodies, totals, ...report }: ReplayReport): string {
  const lines = bodies.map(({ file, step, channel, status, outcomes, problems, unexplained }) => {
    const said = Object.entries(outcomes).map(([name, count]) => (count === 1 ? name : `${name} x${count}`));
    const wrong = problems.map(({ field, message }) => `\n      ${field} ${message}`).join("");
    const line = `${file} ${step}: ${channel} ${status} ${said.join(", ")}${wrong}`;
    return unexplained ? pc.red(line) : line;
  });
  const others = [
    ...report.not_a_body.map(({ file, key }) => pc.dim(`${file} ${key}: stored state`)),
    ...report.unrecognised.map(({ file, key }) => pc.red(`${file} ${key}: no body of a known platform`)),
    ...report.unreadable.map(({ file, reason }) => pc.red(`${file}: ${reason}`)),
  ];
  const { ignored, ...counts } = totals;
  const numbers = Object.entries({ ...counts, ...prefixReasons(ignored) }).filter(([, count]) => count > 0);
  const sum = numbers.map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
  const verdict = ok ? pc.green("every body is explained") : pc.red("not every body is explained");
  return `${[...lines, ...others].join("\n")}\n\n${report.files} files: ${sum}\n${verdict}\n`;
}

function prefixReasons(ignored: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(ignored).map(([what, count]) => [`ignored: ${what}`, count]));
}
