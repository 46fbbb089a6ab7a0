import pc from "picocolors";
import type { CheckedMessage, CheckedRun } from "./check-outcomes.ts";

/** The demo's result as `--json` prints it. */
export interface DemoReport {
  ok: boolean;
  accepted: number;
  refused: number;
  answered: number;
  joined: number;
  suppressed: number;
  failed: number;
  lost: number;
  doubled: number;
  bad_signatures: number;
  p50_ms: number | null;
  p95_ms: number | null;
  messages_per_s: number;
  cost_usd: number;
  rungs: Record<string, number>;
  /** Why messages were suppressed, failed, refused or lost. */
  reasons: Record<string, number>;
}

export function summarise({ messages, doubled, badSignatures }: CheckedRun): DemoReport {
  const count = (outcome: CheckedMessage["outcome"]) =>
    messages.filter((message) => message.outcome === outcome).length;
  const latencies = messages
    .flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
    .toSorted((a, b) => a - b);
  const begin = Math.min(...messages.map(({ offered }) => offered.sentAt));
  const end = Math.max(...messages.map(({ offered, latencyMs }) => offered.sentAt + (latencyMs ?? 0)));
  const report = {
    accepted: messages.length - count("refused"),
    refused: count("refused"),
    answered: count("answered"),
    joined: count("joined"),
    suppressed: count("suppressed"),
    failed: count("failed"),
    lost: count("lost"),
    doubled,
    bad_signatures: badSignatures,
    p50_ms: percentile(latencies, 0.5),
    p95_ms: percentile(latencies, 0.95),
    messages_per_s: rounded((latencies.length * 1000) / Math.max(1, end - begin), 1),
    cost_usd: rounded(
      messages.reduce((sum, { costUsd }) => sum + costUsd, 0),
      6,
    ),
    rungs: tally(messages.filter(({ outcome }) => outcome === "answered").map(({ rung }) => rung)),
    reasons: tally(
      messages
        .filter(({ outcome }) => outcome !== "answered" && outcome !== "joined")
        .map(({ outcome, reason }) => `${outcome}: ${reason}`),
    ),
  };
  const ok =
    report.lost === 0 &&
    doubled === 0 &&
    badSignatures === 0 &&
    report.failed === 0 &&
    report.refused === 0 &&
    messages.length > 0;
  return { ok, ...report };
}

const SHOWN = 25;

/** Who wrote what, the answer, its sources, rung, cost and time; a long run shows its first lines. */
export function table(messages: readonly CheckedMessage[]): string {
  const lines = messages
    .slice(0, SHOWN)
    .map(({ offered, outcome, reason, answer, sources, rung, costUsd, latencyMs }) => {
      const { from, text } = offered.message;
      const facts = [
        rung ?? outcome,
        `$${costUsd.toFixed(5)}`,
        latencyMs === null ? null : `${latencyMs} ms`,
        sources.length > 0 ? `from ${sources.join(", ")}` : null,
      ];
      const told =
        outcome === "answered"
          ? clip(answer ?? "", 400)
          : `(${outcome}${reason === null ? "" : `: ${reason}`})`;
      return `${pc.bold(from)}  ${clip(text, 160)}\n  ${pc.green("→")} ${told}\n  ${pc.dim(facts.filter((fact) => fact !== null).join(" · "))}`;
    });
  const rest = messages.length > SHOWN ? `\n… and ${messages.length - SHOWN} more` : "";
  return `${lines.join("\n")}${rest}\n`;
}

export function verdict(report: DemoReport): string {
  const { accepted, answered, joined, suppressed, lost, doubled, bad_signatures: bad } = report;
  const sum = `${accepted} accepted, ${answered} answered, ${joined} joined another's turn, ${suppressed} suppressed, ${lost} lost, ${doubled} doubled, ${bad} wrongly signed`;
  const speed = `p50 ${report.p50_ms} ms, p95 ${report.p95_ms} ms, ${report.messages_per_s} messages/s, $${report.cost_usd}`;
  const reasons = Object.entries(report.reasons)
    .map(([reason, times]) => `\n  ${times} × ${reason}`)
    .join("");
  return `${report.ok ? pc.green("Every message got exactly one answer, checked at the receiving ends.") : pc.red("Not every message got its one answer.")}\n${sum}\n${speed}${reasons}\n`;
}

function percentile(sorted: number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

function tally(names: (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? "none"] = (counts[name ?? "none"] ?? 0) + 1;
  return counts;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** One line of at most so many characters. */
function clip(text: string, length: number): string {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length <= length
    ? line
    : `${Array.from(line)
        .slice(0, length - 1)
        .join("")}…`;
}
