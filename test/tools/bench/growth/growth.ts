import { sql } from "drizzle-orm";
import { openConversation } from "../../../../db/conversations/open-conversation.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import {
  type BenchInstallation,
  openBenchInstallation,
  prepareDatabase,
} from "../installation/bench-installation.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { DIMENSIONS, type Dimension, type Growth, createGrowthChart, formatGrowth } from "./growth-table.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { compareSizes, type SizeCost } from "./compare-sizes.ts";
import { listContacts } from "../load/webhook-request.ts";
import {
  fillChunks,
  fillConversations,
  fillOtherConversations,
  makePastPartitions,
  withFiller,
} from "./fill.ts";

/** The limit for the cost of a message, as a ratio to the cost at the smallest size. */
const BAR_RATIO = 1.1;

/** The compared sizes of each thing that grows; the first is the smallest. */
interface Sizes {
  turns: readonly number[];
  rows: number;
  months: readonly [number, number];
  chunks: number;
  rounds: number;
  contacts: number;
}

const QUICK: Sizes = {
  turns: [1, 200],
  rows: 20_000,
  months: [6, 24],
  chunks: 2_000,
  rounds: 1,
  contacts: 8,
};
const USUAL: Sizes = {
  turns: [1, 10_000],
  rows: 1_000_000,
  months: [6, 120],
  chunks: 50_000,
  rounds: 8,
  contacts: 30,
};
const FULL: Sizes = { ...USUAL, rows: 20_000_000 };
/** Two years of messages, if the months themselves are not compared. */
const MONTHS = 24;
/** Over which a contact's earlier turns are spread: every compared installation has these partitions. */
const HISTORY_MONTHS = 5;
/** Turns of each contact in a database whose rows are compared. */
const COMMON_TURNS = 10;

interface Growing {
  sandbox: Sandbox;
  sizes: Sizes;
  reportProgress(text: string): void;
}

/** Compares the cost of a message in a long conversation and in a large installation with the cost in a small one. */
export const growth: Benchmark = {
  name: "growth",
  parts: DIMENSIONS,
  description:
    "the cost of a message at turn 10,000, in a large database, after 120 months and with 50,000 chunks; about 15 minutes, 50 with --full (20 million messages, 25 GB of disk)",
  async measure({ sandbox, progress, quick, full, only }: BenchOptions) {
    await prepareDatabase(sandbox);
    const cpuSoFar = watchCpu(sandbox);
    const sizes = quick ? QUICK : full ? FULL : USUAL;
    const growing = { sandbox, sizes, reportProgress: (text: string) => progress.tick(text) };
    const figures: Growth = {};
    for (const dimension of DIMENSIONS.filter((each) => only === null || only.has(each)))
      figures[dimension] = await MEASURE[dimension](growing);
    const disturbed = cpuSoFar()["others"] ?? 0;
    const on = machine(sandbox);
    const report = {
      ok: Object.values(figures)
        .flat()
        .every(({ ratio_cpu: ratio }) => ratio <= BAR_RATIO),
      bench: "growth",
      machine: on,
      bar: BAR_RATIO,
      disturbed_by_cores: disturbed,
      figures,
    };
    const last = `Bar: at most ${BAR_RATIO} times the CPU of the smallest size. Other processes used ${disturbed} cores during the run.`;
    return {
      report,
      lines: [machineLine(on), ...formatGrowth(figures), last],
      charts: [createGrowthChart(figures)],
    };
  },
};

const MEASURE: Readonly<Record<Dimension, (growing: Growing) => Promise<SizeCost[]>>> = {
  turns: measureTurns,
  rows: async (growing) =>
    await measureAgainstSmall(growing, {
      name: "rows",
      sizes: [0, growing.sizes.rows],
      prepare: async (db, rows) => {
        await makePastPartitions(db, MONTHS);
        const reportFilled = (filled: number) =>
          growing.reportProgress(`  filling: ${filled} of ${rows} messages`);
        if (rows > 0)
          await fillOtherConversations(db, {
            from: 0,
            messages: rows,
            months: MONTHS,
            reportProgress: reportFilled,
          });
      },
    }),
  months: async (growing) =>
    await measureAgainstSmall(growing, {
      name: "months",
      sizes: growing.sizes.months,
      prepare: makePastPartitions,
    }),
  chunks: async (growing) =>
    await measureAgainstSmall(growing, {
      name: "chunks",
      sizes: [0, growing.sizes.chunks],
      prepare: async (db, chunks) => {
        await makePastPartitions(db, MONTHS);
        if (chunks > 0) await fillChunks(db, chunks);
      },
    }),
};

/** Measures all lengths in one database, so that only the length differs. */
async function measureTurns({ sandbox, sizes, reportProgress }: Growing): Promise<SizeCost[]> {
  const installation = await openBenchInstallation(sandbox, { name: "turns", processes: ["api", "worker"] });
  const measured = { sandbox, installation, processes: { api: "api", worker: "worker" } };
  try {
    await makePastPartitions(installation.db, MONTHS);
    const sized = [];
    for (const size of sizes.turns) {
      reportProgress(`  filling: conversations of ${size} turns`);
      const contacts = await createContacts(installation, { turns: size, count: sizes.contacts });
      sized.push({ size, measured, contacts });
    }
    return await compareSizes(sized, { rounds: sizes.rounds, reportProgress });
  } finally {
    await installation.close();
  }
}

interface Prepared {
  name: string;
  sizes: readonly [number, number];
  prepare(db: Database, size: number): Promise<void>;
}

/** Compares two installations that differ in one size. Both are measured in the same minutes. */
async function measureAgainstSmall(
  { sandbox, sizes: { contacts, rounds }, reportProgress }: Growing,
  { name, sizes, prepare }: Prepared,
): Promise<SizeCost[]> {
  const opened: { end(): Promise<void> }[] = [];
  try {
    const sized = [];
    for (const [i, size] of sizes.entries()) {
      const installation = await openBenchInstallation(sandbox, { name: `${name}_${i}`, processes: [] });
      const processes = { api: `api-${name}-${i}`, worker: `worker-${name}-${i}` };
      opened.push({
        end: async () => {
          for (const each of Object.values(processes)) await sandbox.end(each, "SIGKILL");
          await installation.close();
        },
      });
      await withFiller(installation.config.DATABASE_URL, async (db) => await prepare(db, size));
      await installation.startAnother(processes.api, "api");
      await installation.startAnother(processes.worker, "worker");
      sized.push({
        size,
        measured: { sandbox, installation, processes },
        contacts: await createContacts(installation, { turns: COMMON_TURNS, count: contacts }),
      });
    }
    return await compareSizes(sized, { rounds, reportProgress });
  } finally {
    for (const each of opened) await each.end();
  }
}

/** Creates contacts with this number of answered turns each. */
async function createContacts(
  { db, config }: BenchInstallation,
  { turns, count }: { turns: number; count: number },
): Promise<string[]> {
  const vault = createConfiguredVault(config);
  const contacts = listContacts(`grown-${turns}`, count);
  const conversations: string[] = [];
  for (const address of contacts) {
    const contact = {
      tenantId: config.PARLEY_TENANT,
      channel: "webhook",
      accountId: "main",
      address,
      thread: "",
    };
    conversations.push((await openConversation(db, vault, contact)).conversationId);
  }
  await withFiller(config.DATABASE_URL, async (filler) => {
    if (turns > 1)
      await fillConversations(filler, { conversations, turnsEach: turns - 1, months: HISTORY_MONTHS });
    await filler.execute(sql`ANALYZE`);
  });
  return contacts;
}
