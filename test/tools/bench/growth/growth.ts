import { sql } from "drizzle-orm";
import { openConversation } from "../../../../db/conversations/open-conversation.ts";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import {
  type BenchInstallation,
  openBenchInstallation,
  prepareDatabase,
} from "../installation/bench-installation.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { fillConversations, fillOtherConversations, makePastPartitions } from "./fill.ts";
import { type Cost, type Measured, measureCost } from "./measure-cost.ts";
import { machine, machineLine } from "../machine/machine.ts";

/** The limits for the cost of a message, as a ratio to the cost in an empty database. */
const BAR_RATIO = 1.1;
/** Turns of a conversation, and rows in `messages`. */
interface Sizes {
  turns: readonly number[];
  rows: readonly number[];
  /** The first round is a warm-up and does not count. */
  rounds: number;
}

const QUICK: Sizes = { turns: [1, 100, 1_000], rows: [100_000, 200_000], rounds: 2 };
const USUAL: Sizes = { turns: [1, 100, 1_000, 10_000], rows: [500_000, 1_000_000], rounds: 4 };
const FULL: Sizes = { ...USUAL, rows: [1_000_000, 5_000_000, 20_000_000] };
/** Two years of messages. */
const MONTHS = 24;
const CONTACTS = 20;

interface Step {
  /** Turns of a conversation, or rows in `messages`. */
  size: number;
  cost: Cost;
  /** CPU of all processes, as a ratio to the smallest size of the same rounds. */
  ratio_cpu: number;
  ratio_pages: number;
}

interface Growth {
  by_turn: Step[];
  by_rows: Step[];
}

/** Compares the cost of the ten-thousandth message of a conversation, and of a message in a database of two years, with the cost of the first. */
export const growth: Benchmark = {
  name: "growth",
  description:
    "the cost of a message in a long conversation and in a large database; about 10 minutes, 40 with --full (20 million messages, 25 GB of disk)",
  async measure({ sandbox, progress, quick, full }: BenchOptions) {
    await prepareDatabase(sandbox);
    const cpuSoFar = watchCpu(sandbox);
    const reportProgress = (text: string) => progress.tick(text);
    const sizes = quick ? QUICK : full ? FULL : USUAL;
    const figures: Growth = {
      by_turn: await measureTurns(sandbox, sizes, reportProgress),
      by_rows: await measureRows(sandbox, sizes, reportProgress),
    };
    const disturbed = cpuSoFar()["others"] ?? 0;
    const ok = [...figures.by_turn, ...figures.by_rows].every(({ ratio_cpu: ratio }) => ratio <= BAR_RATIO);
    const on = machine(sandbox);
    const report = {
      ok,
      bench: "growth",
      machine: on,
      bar: BAR_RATIO,
      disturbed_by_cores: disturbed,
      ...figures,
    };
    return {
      report,
      lines: [
        machineLine(on),
        ...tableOf(figures),
        `Other processes used ${disturbed} cores during the run.`,
      ],
    };
  },
};

type ReportProgress = (text: string) => void;

/** Measures all lengths in one database and in turn, so that drift affects all of them. */
async function measureTurns(
  sandbox: Sandbox,
  { turns, rounds }: Sizes,
  reportProgress: ReportProgress,
): Promise<Step[]> {
  const installation = await openBenchInstallation(sandbox, { name: "turns", processes: ["api", "worker"] });
  try {
    await makePastPartitions(installation.db, MONTHS);
    const groups = await Promise.all(
      turns.map(async (size) => ({
        size,
        measured: { sandbox, installation, processes: { api: "api", worker: "worker" } },
        contacts: await contactsWith(installation, size),
      })),
    );
    return await measureInTurn(groups, { rounds, reportProgress });
  } finally {
    await installation.close();
  }
}

/** Compares a growing database with a small one. Both are measured in the same minutes. */
async function measureRows(sandbox: Sandbox, sizes: Sizes, reportProgress: ReportProgress): Promise<Step[]> {
  const large = await openBenchInstallation(sandbox, { name: "large", processes: ["api", "worker"] });
  const small = await openBenchInstallation(sandbox, { name: "small", processes: [] });
  await small.startAnother("api-small", "api");
  await small.startAnother("worker-small", "worker");
  const installations = [
    { size: 0, installation: small, processes: { api: "api-small", worker: "worker-small" } },
    { size: 1, installation: large, processes: { api: "api", worker: "worker" } },
  ];
  try {
    const groups = [];
    for (const { size, installation, processes } of installations) {
      await makePastPartitions(installation.db, MONTHS);
      const contacts = await contactsWith(installation, 10);
      groups.push({ size, contacts, measured: { sandbox, installation, processes } });
    }
    const steps: Step[] = [];
    let from = 0;
    for (const rows of sizes.rows) {
      const reportFilled = (filled: number) => reportProgress(`  filling: ${filled} of ${rows} messages`);
      await fillOtherConversations(large.db, {
        from,
        messages: rows,
        months: MONTHS,
        reportProgress: reportFilled,
      });
      from = rows;
      const sized = groups.map((group) => ({ ...group, size: group.size * rows }));
      const measured = await measureInTurn(sized, { rounds: sizes.rounds, reportProgress });
      steps.push(...(steps.length === 0 ? measured : measured.slice(1)));
    }
    return steps;
  } finally {
    for (const name of ["api-small", "worker-small"]) await sandbox.end(name, "SIGKILL");
    await small.close();
    await large.close();
  }
}

/** Creates contacts with this number of answered turns each. */
async function contactsWith({ db, config }: BenchInstallation, turns: number): Promise<string[]> {
  const vault = createConfiguredVault(config);
  const contacts = Array.from({ length: CONTACTS }, (_, n) => `grown-${turns}-${n}`);
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
  if (turns > 1) await fillConversations(db, { conversations, turnsEach: turns - 1, months: MONTHS });
  await db.execute(sql`ANALYZE`);
  return contacts;
}

interface Group {
  size: number;
  measured: Measured;
  contacts: string[];
}

async function measureInTurn(
  groups: readonly Group[],
  { rounds, reportProgress }: { rounds: number; reportProgress: ReportProgress },
): Promise<Step[]> {
  const costs = groups.map((): Cost[] => []);
  for (let pass = 0; pass < rounds; pass++)
    for (const [i, { size, measured, contacts }] of groups.entries()) {
      reportProgress(`  round ${pass + 1} of ${rounds}: ${size}`);
      const cost = await measureCost(measured, contacts);
      if (pass > 0) costs[i]?.push(cost);
    }
  const medians = costs.map(medianOf);
  const first = medians[0];
  return groups.flatMap(({ size }, i) => {
    const cost = medians[i];
    if (cost === undefined || first === undefined) return [];
    const ratio = (of: (cost: Cost) => number) => round(of(cost) / of(first));
    return [
      { size, cost, ratio_cpu: ratio((each) => each.cpu_ms.all), ratio_pages: ratio((each) => each.pages) },
    ];
  });
}

function medianOf(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number) => {
    const sorted = costs.map(of).toSorted((a, b) => a - b);
    return round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  };
  return {
    cpu_ms: {
      api: median(({ cpu_ms: cpu }) => cpu.api),
      worker: median(({ cpu_ms: cpu }) => cpu.worker),
      temporal: median(({ cpu_ms: cpu }) => cpu.temporal),
      postgres: median(({ cpu_ms: cpu }) => cpu.postgres),
      all: median(({ cpu_ms: cpu }) => cpu.all),
    },
    pages: median(({ pages }) => pages),
    reply_p50_ms: median(({ reply_p50_ms: ms }) => ms),
  };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function tableOf({ by_turn: byTurn, by_rows: byRows }: Growth): string[] {
  const cells = (values: readonly (string | number)[]) =>
    values.map((value) => String(value).padStart(10)).join("");
  const row = ({ size, cost: { cpu_ms: cpu, pages, reply_p50_ms: p50 }, ...step }: Step) =>
    cells([
      size,
      cpu.api,
      cpu.worker,
      cpu.temporal,
      cpu.postgres,
      cpu.all,
      step.ratio_cpu,
      pages,
      step.ratio_pages,
      p50,
    ]);
  const head = ["api", "worker", "temporal", "postgres", "all", "ratio", "pages", "ratio", "p50 ms"];
  return [
    "CPU-ms and pages of PostgreSQL for one message; ratios to the first line.",
    cells(["turn", ...head]),
    ...byTurn.map(row),
    cells(["rows", ...head]),
    ...byRows.map(row),
  ];
}
