import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { prepareDatabase } from "../installation/bench-installation.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { createCostCharts, formatCost } from "./cost-lines.ts";
import { GOAL, LIMITS } from "./limits.ts";
import { measureMessages } from "./measure-messages.ts";

const WHOLE = { counted: 9, atOnce: 150 };
const QUICK = { counted: 3, atOnce: 20 };
/** Half of what a message wrote with Temporal on PostgreSQL before the work on its cost, KB. */
const WAL_KB_MAX = 63;

/** Counts per message. They do not depend on the load of the machine. */
export const cost: Benchmark = {
  name: "cost",
  description:
    "SQL statements, synced commits, write-ahead log, Redis commands and HTTP calls of a message; about 2 minutes",
  async measure({ sandbox, dataDir, progress, quick, server }: BenchOptions) {
    const temporal = await openTemporal(sandbox, { server, progress });
    const env: Record<string, string> = { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address };
    const own = { ...sandbox, env };
    await prepareDatabase(own);
    const measured = await measureMessages(own, {
      dataDir,
      ...(quick ? QUICK : WHOLE),
      reportProgress: (text) => progress.tick(text),
    });
    await temporal.close();
    const { new_contact: newContact, known_contact: known, writes_per_message: writes } = measured;
    const most = (name: keyof typeof GOAL) => Math.max(newContact.total[name], known.total[name]);
    const walKb = Object.values(writes).reduce((sum, { wal_kb: kb }) => sum + kb, 0);
    const bars = {
      statements: bar(most("statements"), GOAL.statements),
      synced_commits: bar(most("synced_commits"), GOAL.synced_commits),
      // The development server of Temporal does not write to PostgreSQL.
      ...(server !== "dev" ? { wal_kb: bar(Number(walKb.toFixed(1)), WAL_KB_MAX) } : {}),
    };
    const report = {
      ok: Object.values(bars).every(({ ok }) => ok),
      bench: "cost",
      machine: machine(sandbox),
      temporal_server: temporal.about,
      bars,
      test_limits: LIMITS,
      ...measured,
    };
    return {
      report,
      lines: [machineLine(report.machine), ...formatCost(report)],
      charts: createCostCharts(report),
    };
  },
};

function bar(value: number, target: number) {
  return { value, target, ok: value <= target };
}
