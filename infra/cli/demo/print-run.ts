import pc from "picocolors";
import { readTerminalWidth } from "../views/format-table.ts";
import { wrapText } from "../views/text-width.ts";
import type { CheckedMessage } from "./check-outcomes.ts";
import type { DemoReport } from "./report.ts";
import type { ScenarioResult } from "./scenarios/scenario.ts";

/** Of a long run, only the first messages are printed. */
const SHOWN = 25;
/** Lines of replies that are longer are hard to read. */
const MAX_WIDTH = 100;
/** The longest name of a channel and a gap. */
const MARGIN = 17;
const LONGEST_ANSWER = 240;

/** One entry for each message: contact, channel, text, reply, tier, cost, time and sources. */
export function formatTable(messages: readonly CheckedMessage[]): string {
  const shown = messages.slice(0, SHOWN).map(formatEntry);
  const rest = messages.length > SHOWN ? `\n… and ${messages.length - SHOWN} more\n` : "";
  return `${shown.join("\n")}\n${rest}`;
}

function formatEntry(message: CheckedMessage): string {
  const { channel, from, text } = message.offered.message;
  const asked = indentText(`${from}: ${clip(text, 160)}`);
  const answer = indentText(`→ ${formatOutcome(message)}`);
  const facts = indentText(clip(listFacts(message).join(" · "), textWidth()));
  return [
    `${pc.bold(channel.padEnd(MARGIN))}${asked.trimStart()}`,
    answer.replace("→", pc.green("→")),
    pc.dim(facts),
  ].join("\n");
}

function formatOutcome({ outcome, reason, answer }: CheckedMessage): string {
  if (outcome === "answered") return clip(answer ?? "", LONGEST_ANSWER);
  if (outcome === "joined") return "(joined: one reply to this message and the one before)";
  return `(${outcome}${reason === null ? "" : `: ${reason}`})`;
}

function listFacts({ tier, outcome, costUsd, latencyMs, sources }: CheckedMessage): string[] {
  return [
    tier ?? outcome,
    `$${costUsd.toFixed(5)}`,
    ...(latencyMs === null ? [] : [`${latencyMs} ms`]),
    ...(sources.length > 0 ? [`from ${sources.join(", ")}`] : []),
  ];
}

/** One line for each channel. */
export function formatChannelTable({ channels }: DemoReport): string {
  const rows = Object.entries(channels).map(([channel, counts]) => [
    channel,
    counts.accepted,
    counts.answered,
    counts.joined,
    counts.p50_ms ?? "-",
  ]);
  const lines = [["channel", "accepted", "answered", "joined", "p50 ms"], ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(MARGIN) : String(cell).padStart(10))).join(""),
  );
  return `${pc.dim(lines[0] ?? "")}\n${lines.slice(1).join("\n")}\n`;
}

export function formatVerdict(report: DemoReport, scenarios: readonly ScenarioResult[]): string {
  const { accepted, answered, joined, suppressed, lost, doubled, bad_signatures: bad } = report;
  const sum = `${accepted} accepted, ${answered} answered, ${joined} joined another's turn, ${suppressed} suppressed, ${lost} lost, ${doubled} doubled, ${bad} wrongly signed`;
  const speed = `p50 ${report.p50_ms} ms, p95 ${report.p95_ms} ms, ${report.messages_per_s} messages/s, $${report.cost_usd}`;
  const reasons = Object.entries(report.reasons)
    .map(([reason, times]) => `\n  ${times} × ${reason}`)
    .join("");
  const headline = report.ok
    ? pc.green(GOOD)
    : pc.red("Some messages or scenarios did not have the expected outcome.");
  const results = scenarios.length === 0 ? "" : `\nScenarios:\n${scenarios.map(formatScenario).join("")}`;
  return `${headline}\n${sum}\n${speed}${reasons}\n${QUIET}\n${results}`;
}

const GOOD = "Every message got exactly one reply, checked at the receiving ends.";
/** It explains why Telegram is slower than a webhook. */
const QUIET = pc.dim(
  "The times include the quiet window for contacts who write in bursts: 0.7 s by SMS, 1.5 s on messengers.",
);

function formatScenario({ title, problem }: ScenarioResult): string {
  return problem === null ? `${pc.green("✓")} ${title}\n` : `${pc.red("✗")} ${title} ${pc.red(problem)}\n`;
}

/** Wrapped to the width of the table, after the column of channels. */
function indentText(text: string): string {
  return wrapText(text, textWidth())
    .map((line) => " ".repeat(MARGIN) + line)
    .join("\n");
}

function textWidth(): number {
  return Math.min(readTerminalWidth(), MAX_WIDTH) - MARGIN;
}

/** One line of at most so many characters. */
export function clip(text: string, length: number): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join("")}…`;
}
