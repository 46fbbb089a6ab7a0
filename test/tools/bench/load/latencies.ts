import type { LoadResponse } from "./open-loop.ts";

export interface Latencies {
  offered: number;
  /** Requests with a 2xx response. */
  accepted: number;
  p50_ms: number;
  p99_ms: number;
  max_ms: number;
}

export function latencies(answers: readonly LoadResponse[]): Latencies {
  const sorted = answers.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  return {
    offered: answers.length,
    accepted: answers.filter(({ status }) => status >= 200 && status < 300).length,
    p50_ms: quantile(sorted, 0.5),
    p99_ms: quantile(sorted, 0.99),
    max_ms: quantile(sorted, 1),
  };
}

/** The quantile of values in ascending order, by nearest rank, rounded to tenths. */
export function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return Number(value.toFixed(1));
}
