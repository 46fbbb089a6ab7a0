import { sql } from "drizzle-orm";
import { CHUNKS_PER_CALL, CONCURRENCY } from "../../../../activities/embed-missing-chunks.ts";
import { embedChunks } from "../../../../activities/answer/retrieval/embed-chunks.ts";
import { createConfiguredModel } from "../../../../activities/answer/model/configured-model.ts";
import { connectConfiguredVectors } from "../../../../activities/answer/retrieval/configured-vectors.ts";
import { listChunksAfter } from "../../../../db/knowledge/documents.ts";
import { configuredIndexVersion } from "../../../../infra/cli/tasks/migrate.ts";
import { reindex as buildIndex } from "../../../../infra/cli/tasks/reindex.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import { connectTemporal, temporalSettings } from "../../../../infra/runtime/temporal/temporal-client.ts";
import type { ChunkCursor } from "../../../../workflows/types.ts";
import {
  type BenchInstallation,
  openBenchInstallation,
  prepareDatabase,
} from "../installation/bench-installation.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { machine, machineLine } from "../machine/machine.ts";

/** A small index by the standards of vendors. The target for it is 5 minutes. */
const CHUNKS = 12_000;
/** The first pair is a warm-up and does not count. */
const ROUNDS = 3;
/** The job checks at the end that every vector exists; a bare loop does not. */
const BARS = { throughput_ratio_min: 0.6, took_s_max: 300 };

/** Compares the reindex job with a loop that only embeds and stores. */
export const reindex: Benchmark = {
  name: "reindex",
  description: `${CHUNKS} chunks by the job and by a bare loop, ${ROUNDS} times each, about 4 minutes`,
  async measure({ sandbox, progress }: BenchOptions) {
    await prepareDatabase(sandbox);
    const installation = await openBenchInstallation(sandbox, { name: "reindex", processes: ["worker"] });
    try {
      await fill(installation);
      const cpuSoFar = watchCpu(sandbox);
      const rounds: { job: number; loop: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress.tick(`  round ${round + 1} of ${ROUNDS}: the job`);
        const job = await measureTime(() => byJob(installation, round));
        progress.tick(`  round ${round + 1} of ${ROUNDS}: the bare loop`);
        const loop = await measureTime(() => byLoop(installation, round));
        if (round > 0) rounds.push({ job, loop });
      }
      const disturbed = cpuSoFar()["others"] ?? 0;
      const report = { ...reportOf(rounds), machine: machine(sandbox), disturbed_by_cores: disturbed };
      return { report, lines: [machineLine(report.machine), ...tableOf(report)] };
    } finally {
      await installation.close();
    }
  },
};

async function fill({ db, config }: BenchInstallation): Promise<void> {
  await db.execute(sql`
    INSERT INTO chunks (tenant_id, id, document_path, ordinal, title, heading, body, tokens)
    SELECT ${config.PARLEY_TENANT}, md5(n::text), 'bench-' || n % 500 || '.md', n, 'Document ' || n % 500, 'Section ' || n,
      repeat('Passage ' || n || ' of a document about repairs, rentals and opening hours. ', 12), 200
    FROM generate_series(1, ${CHUNKS}) n`);
}

/** A new index version each time, so that both start with an empty index. */
function versionFor(config: Config, dimensions: number) {
  return configuredIndexVersion({ ...config, PARLEY_EMBEDDING_DIMENSIONS: dimensions });
}

async function byJob({ db, config }: BenchInstallation, round: number): Promise<number> {
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  const version = versionFor(config, 256 + round);
  try {
    return (await buildIndex({ db, temporal, config, version, onProgress: () => undefined })).embedded;
  } finally {
    await temporal.connection.close();
  }
}

/** Reads, embeds and stores with the same concurrency, without saving a position. */
async function byLoop({ db, config }: BenchInstallation, round: number): Promise<number> {
  const version = versionFor(config, 356 + round);
  const [model, vectors] = [createConfiguredModel(config), connectConfiguredVectors(config)];
  await vectors.ensureIndex(version);
  let after: ChunkCursor | null = null;
  for (let done = 0; ;) {
    const window = await listChunksAfter(db, after, CHUNKS_PER_CALL * CONCURRENCY);
    const batches = Array.from({ length: Math.ceil(window.length / CHUNKS_PER_CALL) }, (_, i) =>
      window.slice(i * CHUNKS_PER_CALL, (i + 1) * CHUNKS_PER_CALL),
    );
    await Promise.all(
      batches.map(async (chunks) => {
        const signal = AbortSignal.timeout(30_000);
        const { vectors: values } = await embedChunks({ model, version, chunks, signal });
        const records = chunks.map(({ id }, i) => ({ id, values: values[i] ?? [] }));
        await vectors.upsert(version, config.PARLEY_TENANT, records);
      }),
    );
    done += window.length;
    const last = window.at(-1);
    if (last === undefined || window.length < CHUNKS_PER_CALL * CONCURRENCY) return done;
    after = { tenantId: last.tenantId, chunkId: last.id };
  }
}

/** Chunks a second. */
async function measureTime(work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const chunks = await work();
  if (chunks < CHUNKS)
    throw new Error(`${chunks} of ${CHUNKS} chunks were embedded, so there are no valid figures.`);
  return (chunks * 1000) / (performance.now() - began);
}

function reportOf(rounds: readonly { job: number; loop: number }[]) {
  const medianOf = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const job = medianOf(rounds.map((round) => round.job));
  const loop = medianOf(rounds.map((round) => round.loop));
  const ratio = Number((job / loop).toFixed(2));
  const took = Math.round(CHUNKS / job);
  return {
    ok: ratio >= BARS.throughput_ratio_min && took <= BARS.took_s_max,
    bench: "reindex",
    bars: BARS,
    chunks: CHUNKS,
    rounds_kept: rounds.length,
    job_chunks_per_s: Math.round(job),
    loop_chunks_per_s: Math.round(loop),
    throughput_ratio: ratio,
    took_s: took,
  };
}

function tableOf(report: ReturnType<typeof reportOf>): string[] {
  return [
    `${report.chunks} chunks: the job ${report.job_chunks_per_s}/s (${report.took_s} s in all), a bare loop ${report.loop_chunks_per_s}/s`,
    `ratio ${report.throughput_ratio} (bar ${BARS.throughput_ratio_min}), in all ${report.took_s} s (bar ${BARS.took_s_max})`,
  ];
}
