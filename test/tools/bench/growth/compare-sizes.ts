import { median } from "../pipeline/figures.ts";
import { type CpuCost, type Measured, measureCpu, measurePages, type PageCost } from "./measure-cost.ts";

/** One size of what grows: the turns of a conversation, or the rows of a table. */
export interface Sized {
  size: number;
  measured: Measured;
  contacts: readonly string[];
}

export interface SizeCost extends PageCost {
  size: number;
  cpu_ms: CpuCost;
  /** To the smallest size: the median of the ratios of neighbouring rounds, because a disturbance lasts longer than a round. */
  ratio_cpu: number;
  /** The smallest and the largest ratio of a round. A wide range hides a few percent. */
  ratio_cpu_range: [number, number];
  ratio_pages: number;
  ratio_wal: number;
}

interface Rounds {
  rounds: number;
  reportProgress(text: string): void;
}

/** Measures all sizes in turn, round after round. The first round is a warm-up and does not count. */
export async function compareSizes(
  sizes: readonly Sized[],
  { rounds, reportProgress }: Rounds,
): Promise<SizeCost[]> {
  const costs = sizes.map((): CpuCost[] => []);
  for (let round = 0; round <= rounds; round++)
    // Every second round begins with the largest, so that an order does not favour a size.
    for (const [i, { size, measured, contacts }] of orderOf(sizes, round)) {
      reportProgress(`  round ${round} of ${rounds}: ${size}`);
      const cost = await measureCpu(measured, contacts);
      if (round > 0) costs[i]?.push(cost);
    }
  const pages: PageCost[] = [];
  for (const { size, measured, contacts } of sizes) {
    reportProgress(`  pages and write-ahead log: ${size}`);
    pages.push(await measurePages(measured, contacts));
  }
  return sizes.map(({ size }, i) => judge(size, i, { costs, pages }));
}

function orderOf(sizes: readonly Sized[], round: number): [number, Sized][] {
  const entries = [...sizes.entries()];
  return round % 2 === 0 ? entries : entries.toReversed();
}

function judge(
  size: number,
  place: number,
  { costs, pages }: { costs: readonly CpuCost[][]; pages: readonly PageCost[] },
): SizeCost {
  const own = costs[place] ?? [];
  const ratios = own.map(({ all }, round) => all / (costs[0]?.[round]?.all ?? Number.NaN));
  const touched = pages[place] ?? { pages: 0, wal_kb: 0 };
  const first = pages[0] ?? touched;
  const middle = (name: keyof CpuCost) => median(own.map((cost) => cost[name]));
  return {
    size,
    cpu_ms: {
      api: middle("api"),
      worker: middle("worker"),
      temporal: middle("temporal"),
      postgres: middle("postgres"),
      all: middle("all"),
      reply_p50_ms: middle("reply_p50_ms"),
    },
    ratio_cpu: median(ratios),
    ratio_cpu_range: [toHundredths(Math.min(...ratios)), toHundredths(Math.max(...ratios))],
    pages: toHundredths(touched.pages),
    wal_kb: touched.wal_kb,
    ratio_pages: toHundredths(touched.pages / first.pages),
    ratio_wal: toHundredths(touched.wal_kb / first.wal_kb),
  };
}

function toHundredths(value: number): number {
  return Number(value.toFixed(2));
}
