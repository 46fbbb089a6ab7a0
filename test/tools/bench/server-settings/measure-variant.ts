import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { readDynamicConfig } from "../../../../infra/sandbox/services/temporal-settings.ts";
import { serverClock } from "../pipeline/servers/bench-servers.ts";
import { type ContestantChild, startContestant } from "../pipeline/contestants/contestant-child.ts";
import type { ServerAddresses } from "../pipeline/contestants/contestant.ts";
import { COMMON_RATE_PER_S, type CpuPerMessage, measureFull } from "../pipeline/measure-contestant.ts";
import { type BenchTemporal, openTemporalServer } from "../pipeline/servers/open-temporal.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import type { Variant } from "./variants.ts";

export interface Sample {
  messagesPerS: number;
  cpu: CpuPerMessage;
  walKb: number;
  walSyncs: number;
  commonMs: number[];
}

/** A server with a worker of the product. */
export interface VariantBench {
  measure(seconds: number): Promise<Sample>;
  close(): Promise<void>;
}

interface VariantContext {
  sandbox: Sandbox;
  progress: Progress;
  places: ServerAddresses;
  postgres: PostgresSettings;
}

/** Starts a server with the configuration of this variant and a worker of the product. A variant of PostgreSQL only changes its settings. */
export async function openVariant(variant: Variant, means: VariantContext): Promise<VariantBench> {
  const dir = mkdtempSync(join(tmpdir(), "parley-variant-"));
  const dynamicConfigFile = join(dir, "dynamic-config.yaml");
  const dynamic = { ...Object.fromEntries(readDynamicConfig()), ...variant.dynamic };
  const lines = Object.entries(dynamic).map(([key, value]) => `${key}:\n  - value: ${value}\n`);
  writeFileSync(dynamicConfigFile, lines.join(""));
  const name = `temporal-${variant.name.replaceAll("_", "-")}`;
  const server = { name, env: variant.env ?? {}, dynamicConfigFile };
  const temporal = await openTemporalServer(means.sandbox, server, means.progress);
  const child = await startContestant("shipped", { ...means.places, temporalAddress: temporal.address });
  return {
    measure: (seconds) => measure({ child, temporal, means }, seconds),
    async close() {
      await child.end();
      await temporal.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Measured {
  child: ContestantChild;
  temporal: BenchTemporal;
  means: VariantContext;
}

async function measure(
  { child, temporal, means: { sandbox, postgres } }: Measured,
  seconds: number,
): Promise<Sample> {
  const clock = serverClock(sandbox, temporal.service);
  const before = await postgres.written();
  const full = await measureFull({ name: "shipped", child, servers: clock }, seconds);
  const after = await postgres.written();
  const common = await child.load({
    kind: "paced",
    ratePerS: COMMON_RATE_PER_S,
    messages: COMMON_RATE_PER_S * seconds,
    modelMs: 0,
  });
  return {
    messagesPerS: full.messagesPerS,
    cpu: full.cpu,
    walKb: (after.walBytes - before.walBytes) / 1024 / full.messages,
    walSyncs: (after.walSyncs - before.walSyncs) / full.messages,
    commonMs: common.latenciesMs,
  };
}
