import type { CheckedMessage, CheckedRun } from "./check-outcomes.ts";
import type { ScenarioResult } from "./scenarios/scenario.ts";

/** The output of `parley demo --json`. */
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
  tiers: Record<string, number>;
  /** The reasons of suppressed, failed, refused and lost messages. */
  reasons: Record<string, number>;
  channels: Record<string, ChannelReport>;
  /** By name: true if it had the expected outcome. */
  scenarios: Record<string, boolean>;
}

export interface ChannelReport extends Record<CheckedMessage["outcome"], number> {
  accepted: number;
  p50_ms: number | null;
}

export function summarise(
  { messages, doubled, badSignatures }: CheckedRun,
  scenarios: readonly ScenarioResult[] = [],
): DemoReport {
  const latencies = latenciesOf(messages);
  const begin = Math.min(...messages.map(({ offered }) => offered.sentAt));
  const end = Math.max(...messages.map(({ offered, latencyMs }) => offered.sentAt + (latencyMs ?? 0)));
  const report = {
    ...countOutcomes(messages),
    doubled,
    bad_signatures: badSignatures,
    p50_ms: percentile(latencies, 0.5),
    p95_ms: percentile(latencies, 0.95),
    messages_per_s: round((latencies.length * 1000) / Math.max(1, end - begin), 1),
    cost_usd: round(
      messages.reduce((sum, { costUsd }) => sum + costUsd, 0),
      6,
    ),
    tiers: tally(messages.filter(({ outcome }) => outcome === "answered").map(({ tier }) => tier)),
    reasons: tally(
      messages
        .filter(({ outcome }) => outcome !== "answered" && outcome !== "joined")
        .map(({ outcome, reason }) => `${outcome}: ${reason}`),
    ),
    channels: byChannel(messages),
    scenarios: Object.fromEntries(scenarios.map(({ name, problem }) => [name, problem === null])),
  };
  const ok =
    report.lost === 0 &&
    doubled === 0 &&
    badSignatures === 0 &&
    report.failed === 0 &&
    report.refused === 0 &&
    scenarios.every(({ problem }) => problem === null) &&
    messages.length > 0;
  return { ok, ...report };
}

function byChannel(messages: readonly CheckedMessage[]): Record<string, ChannelReport> {
  const groups = Map.groupBy(messages, ({ offered }) => offered.message.channel);
  return Object.fromEntries([...groups].map(([channel, group]) => [channel, channelReport(group)]));
}

function channelReport(messages: readonly CheckedMessage[]): ChannelReport {
  return { ...countOutcomes(messages), p50_ms: percentile(latenciesOf(messages), 0.5) };
}

function countOutcomes(messages: readonly CheckedMessage[]) {
  const count = (outcome: CheckedMessage["outcome"]) =>
    messages.filter((message) => message.outcome === outcome).length;
  const refused = count("refused");
  return {
    accepted: messages.length - refused,
    refused,
    answered: count("answered"),
    joined: count("joined"),
    suppressed: count("suppressed"),
    failed: count("failed"),
    lost: count("lost"),
  };
}

/** Sorted, shortest first. */
function latenciesOf(messages: readonly CheckedMessage[]): number[] {
  return messages
    .flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]))
    .toSorted((a, b) => a - b);
}

function percentile(sorted: number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

function tally(names: (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? "none"] = (counts[name ?? "none"] ?? 0) + 1;
  return counts;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
