import { cloneDatabase } from "../../../support/clone-database.ts";
import type { Benchmark, BenchOptions } from "../benchmark.ts";
import { prepareDatabase } from "../installation/bench-installation.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { measureTurns, type Spread } from "./measure-turns.ts";

/** With 24 connections at random on 16 slots, about 12 slots are in use at a time. One row has one. */
const BARS = { one_tenant_to_many_min: 0.4 };
const CONNECTIONS = 24;
/** A disk of a cloud. Without it the cores of the machine are the limit, and not the locks. */
const SYNC_MS = 2;
const SPREADS: Record<Spread, string> = {
  one_row: "one row that all turns update",
  one_tenant: "the budget of one tenant",
  many_tenants: `the budgets of ${CONNECTIONS} tenants`,
};

/** How many turns of one tenant reserve and settle their money, while each commit takes as long as on a disk of a cloud. */
export const budget: Benchmark = {
  name: "budget",
  description: `turns of one tenant and of many that reserve and settle money, with ${CONNECTIONS} connections and commits of ${SYNC_MS} ms; about half a minute`,
  async measure({ sandbox, progress, quick }: BenchOptions) {
    await prepareDatabase(sandbox);
    const database = await cloneDatabase(sandbox.env["DATABASE_URL"] ?? "", "bench_budget");
    try {
      const cpuSoFar = watchCpu(sandbox);
      const rates: Partial<Record<Spread, number>> = {};
      for (const spread of Object.keys(SPREADS) as Spread[]) {
        progress.tick(SPREADS[spread]);
        const load = { connections: CONNECTIONS, seconds: quick ? 1 : 5, syncMs: SYNC_MS };
        rates[spread] = await measureTurns(database.url, spread, load);
      }
      const { one_row = 0, one_tenant = 0, many_tenants = 1 } = rates;
      const ratio = one_tenant / many_tenants;
      const disturbed = cpuSoFar()["others"] ?? 0;
      const on = machine(sandbox);
      const report = {
        ok: ratio >= BARS.one_tenant_to_many_min,
        bench: "budget",
        machine: on,
        bars: BARS,
        disturbed_by_cores: disturbed,
        turns_per_second: { one_row, one_tenant, many_tenants },
        one_tenant_to_many: Number(ratio.toFixed(2)),
      };
      const lines = Object.entries(SPREADS).map(
        ([spread, label]) => `${label.padEnd(32)} ${Math.round(rates[spread as Spread] ?? 0)} turns/s`,
      );
      const last = `One tenant to many: ${ratio.toFixed(2)} (at least ${BARS.one_tenant_to_many_min}). Other processes used ${disturbed} cores.`;
      return { report, lines: [machineLine(on), ...lines, last] };
    } finally {
      await database.drop();
    }
  },
};
