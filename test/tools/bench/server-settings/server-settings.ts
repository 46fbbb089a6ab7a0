import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { createDatabase } from "../pipeline/servers/bench-servers.ts";
import { latency, median, round } from "../pipeline/figures.ts";
import { type VariantBench, openVariant, type Sample } from "./measure-variant.ts";
import { openPostgresSettings } from "./postgres-settings.ts";
import { type Variant, VARIANTS } from "./variants.ts";

const WHOLE = { rounds: 3, seconds: 4 };
const QUICK = { rounds: 1, seconds: 2 };
/** No variant may be faster than the shipped configuration by more than noise. Forbidden variants do not count. */
const BARS = { throughput_to_shipped_max: 1.25 };

/** Compares the shipped settings of the Temporal server and of PostgreSQL with one changed setting at a time. */
export const serverSettings: Benchmark = {
  name: "server-settings",
  runsByNameOnly: true,
  parts: VARIANTS.map(({ name }) => name),
  description: `${VARIANTS.length} settings of the Temporal server and of PostgreSQL, each against the shipped value, about 15 minutes`,
  async measure(options: BenchOptions) {
    const { sandbox, progress, quick, only } = options;
    const variants = VARIANTS.filter(({ name }) => only === null || only.has(name));
    const url = sandbox.env["DATABASE_URL"] ?? "";
    const postgres = openPostgresSettings(url);
    const databaseUrl = await createDatabase(url, "bench_settings");
    const places = {
      databaseUrl,
      temporalAddress: "",
      redisUrl: "",
      restateIngressUrl: "",
      restateAdminUrl: "",
      ownPort: 0,
    };
    const means = { sandbox, progress, postgres, places };
    const shipped = await openVariant({ name: "shipped" }, means);
    await shipped.measure(quick ? QUICK.seconds : WHOLE.seconds);
    const results: VariantReport[] = [];
    for (const [i, variant] of variants.entries()) {
      progress.tick(`  ${i + 1} of ${variants.length}: ${variant.name}`);
      const changed = variant.postgres === undefined ? await openVariant(variant, means) : shipped;
      const setting = async () => await postgres.set(variant.postgres ?? {});
      await postgres.checkpoint();
      const result = await compare(variant, { shipped, changed, setting }, quick ? QUICK : WHOLE);
      progress.note(
        `    ${result.throughput_to_shipped} times the throughput, ${result.cpu_to_shipped} times the CPU of the shipped settings`,
      );
      results.push(result);
      if (changed !== shipped) await changed.close();
    }
    await shipped.close();
    await postgres.close();
    const judged = results.filter(({ forbidden }) => forbidden === null);
    const ok =
      results.length > 0 &&
      judged.every(({ throughput_to_shipped: ratio }) => ratio <= BARS.throughput_to_shipped_max);
    const report = { ok, bench: "server-settings", machine: machine(sandbox), bars: BARS, variants: results };
    return { report, lines: [machineLine(report.machine), ...table(results)] };
  },
};

interface Figures {
  messages_per_s: number;
  cpu_ms_per_message: number;
  cpu_ms_per_message_by_group: Record<string, number>;
  wal_kb_per_message: number;
  wal_syncs_per_message: number;
  four_per_s_latency_p50_ms: number;
  four_per_s_latency_p99_ms: number;
}

interface VariantReport {
  name: string;
  change: Readonly<Record<string, string>>;
  forbidden: string | null;
  throughput_to_shipped: number;
  cpu_to_shipped: number;
  shipped: Figures;
  changed: Figures;
}

interface Pair {
  shipped: VariantBench;
  changed: VariantBench;
  /** Changes a setting of the shared server; returns a function that restores it. */
  setting(): Promise<() => Promise<void>>;
}

async function compare(
  variant: Variant,
  { shipped, changed, setting }: Pair,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<VariantReport> {
  const samples: { shipped: Sample[]; changed: Sample[] } = { shipped: [], changed: [] };
  // The first round of a new server is a warm-up.
  if (changed !== shipped) await changed.measure(seconds);
  for (let i = 0; i < rounds; i++) {
    samples.shipped.push(await shipped.measure(seconds));
    const putBack = await setting();
    samples.changed.push(await changed.measure(seconds));
    await putBack();
  }
  const [before, after] = [figuresOf(samples.shipped), figuresOf(samples.changed)];
  return {
    name: variant.name,
    change: { ...variant.env, ...variant.dynamic, ...variant.postgres },
    forbidden: variant.forbidden ?? null,
    throughput_to_shipped: round(after.messages_per_s / before.messages_per_s),
    cpu_to_shipped: round(after.cpu_ms_per_message / before.cpu_ms_per_message),
    shipped: before,
    changed: after,
  };
}

function figuresOf(samples: readonly Sample[]): Figures {
  const groups = ["own", "temporal", "postgres"] as const;
  const byGroup = groups.map((group) => [group, median(samples.map(({ cpu }) => cpu[group] ?? 0))] as const);
  const common = latency(samples.map(({ commonMs }) => commonMs));
  return {
    messages_per_s: median(samples.map(({ messagesPerS }) => messagesPerS)),
    cpu_ms_per_message: round(byGroup.reduce((sum, [, ms]) => sum + ms, 0)),
    cpu_ms_per_message_by_group: Object.fromEntries(byGroup),
    wal_kb_per_message: median(samples.map(({ walKb }) => walKb)),
    wal_syncs_per_message: median(samples.map(({ walSyncs }) => walSyncs)),
    four_per_s_latency_p50_ms: common.latency_p50_ms,
    four_per_s_latency_p99_ms: common.latency_p99_ms,
  };
}

function table(results: readonly VariantReport[]): string[] {
  const cells = (values: readonly (string | number)[]) =>
    values.map((value) => String(value).padStart(16)).join("");
  const both = (pick: (figures: Figures) => number, { shipped, changed }: VariantReport) =>
    `${pick(shipped)} -> ${pick(changed)}`;
  return [
    "",
    "".padEnd(26) +
      cells([
        "messages/s",
        "CPU-ms",
        "Temporal share",
        "Postgres share",
        "WAL KB",
        "4/s p50 ms",
        "4/s p99 ms",
      ]),
    ...results.map(
      (result) =>
        result.name.padEnd(26) +
        cells([
          both((figures) => figures.messages_per_s, result),
          both((figures) => figures.cpu_ms_per_message, result),
          both((figures) => figures.cpu_ms_per_message_by_group["temporal"] ?? 0, result),
          both((figures) => figures.cpu_ms_per_message_by_group["postgres"] ?? 0, result),
          both((figures) => figures.wal_kb_per_message, result),
          both((figures) => figures.four_per_s_latency_p50_ms, result),
          both((figures) => figures.four_per_s_latency_p99_ms, result),
        ]),
    ),
    ...results.flatMap(({ name, forbidden }) =>
      forbidden === null ? [] : [`${name} is never shipped: ${forbidden}.`],
    ),
  ];
}
