import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Sandbox, startSandbox } from "../../../../infra/sandbox/sandbox.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { quantile } from "../load/latencies.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { round } from "../pipeline/figures.ts";
import { openRevision, type OpenRevision } from "../real-steps/open-revision.ts";
import { ROOT } from "../real-steps/real-steps.ts";
import { type Contacts, openContacts, type SentMessage } from "./contacts.ts";
import { openRouter, type Router } from "./router.ts";

/** A host with two cores carries both cells at this rate. */
const PER_S = 8;
const CONTACTS = 64;
const WHOLE = { warmUp: 160, each: 200, restartAfterMs: 20_000 };
const QUICK = { warmUp: 8, each: 32, restartAfterMs: 2_000 };
/** The servers of a cell, in the order of their start. */
const SERVERS = ["postgres", "redis", "temporal"] as const;
/** The latency of the other cell while one is down, divided by that before. */
const BARS = { p50_ratio_max: 1.2, p95_ratio_max: 1.5 };

interface Cell {
  sandbox: Sandbox;
  revision: OpenRevision;
}

interface CellLatency {
  messages: number;
  p50_ms: number;
  p95_ms: number;
  max_ms: number;
}

/** Two complete installations and a router by the hash of the contact. All of one is killed, and the other one must not notice. */
export const cells: Benchmark = {
  name: "cells",
  description:
    "two installations with a router in front of them, and kill -9 of all of one of them; about 3 minutes",
  async measure({ sandbox, progress, quick }: BenchOptions) {
    const pace = quick ? QUICK : WHOLE;
    const dataDir = mkdtempSync(join(tmpdir(), "parley-cell-"));
    const second = await startSandbox({ dataDir, progress, ports: "free" });
    try {
      const report = await measureCells([sandbox, second], pace, progress);
      return { report, lines: [machineLine(report.machine), ...formatCells(report)] };
    } finally {
      await second.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

async function measureCells(
  sandboxes: readonly [Sandbox, Sandbox],
  pace: typeof WHOLE,
  progress: BenchOptions["progress"],
) {
  const router = await openRouter();
  const contacts = await openContacts("cells", CONTACTS);
  const opened = await openCells(sandboxes, { router, contacts, progress });
  const rounds = await writeAndKill(opened, { router, contacts, pace, progress });
  for (const { revision } of opened) await revision.close();
  contacts.close();
  const report = summarizeRounds(rounds, router);
  await router.close();
  return { ...report, machine: machine(sandboxes[0]) };
}

interface Opening {
  router: Router;
  contacts: Contacts;
  progress: BenchOptions["progress"];
}

/** Both cells have the keys of the tenant's account. */
async function openCells(
  [first, second]: readonly [Sandbox, Sandbox],
  { router, contacts, progress }: Opening,
): Promise<readonly [Cell, Cell]> {
  const settings = { PUBLIC_BASE_URL: router.url, WEBHOOK_SECRET: first.env["WEBHOOK_SECRET"] ?? "" };
  const { repliesUrl } = contacts;
  const options = {
    name: "cell",
    root: ROOT,
    shape: "apart",
    eventsUrl: null,
    repliesUrl,
    settings,
  } as const;
  progress.tick("  starting the first cell");
  const victim = { sandbox: first, revision: await openRevision(first, options) };
  progress.tick("  starting the second cell");
  const other = { sandbox: second, revision: await openRevision(second, options) };
  router.setCells([victim.revision.url, other.revision.url]);
  return [victim, other];
}

interface Rounds {
  before: SentMessage[];
  during: SentMessage[];
  after: SentMessage[];
  /** When the first cell was down, ms of `performance.now()`. */
  down: { from: number; until: number };
}

async function writeAndKill(
  [victim]: readonly [Cell, Cell],
  { router, contacts, pace, progress }: Opening & { pace: typeof WHOLE },
): Promise<Rounds> {
  const ingress = { PUBLIC_BASE_URL: router.url, WEBHOOK_SECRET: victim.revision.webhookSecret };
  const write = async (messages: number) => await contacts.write(ingress, { messages, perS: PER_S });
  progress.tick("  warm-up");
  await write(pace.warmUp);
  progress.tick("  both cells");
  const before = await write(pace.each);
  progress.tick("  one cell is killed");
  const sending = write(pace.each);
  await killCell(victim);
  const from = performance.now();
  await sleep(pace.restartAfterMs);
  const until = performance.now();
  progress.tick("  it starts again");
  await restartCell(victim);
  const during = await sending;
  progress.tick("  both cells again");
  return { before, during, after: await write(pace.each), down: { from, until } };
}

/** A message without a reply ends the benchmark, so none is lost. */
function summarizeRounds({ before, during, after, down }: Rounds, router: Router) {
  const whileDown = during.filter(({ due }) => due >= down.from && due < down.until);
  const summarizeCell = (cell: number) => {
    const summarizeOwn = (messages: readonly SentMessage[]) =>
      summarize(messages.filter(({ from }) => router.cellOf(from) === cell));
    return { before: summarizeOwn(before), while_down: summarizeOwn(whileDown), after: summarizeOwn(after) };
  };
  const [killed, other] = [summarizeCell(0), summarizeCell(1)];
  const ratios = {
    p50: round(other.while_down.p50_ms / other.before.p50_ms),
    p95: round(other.while_down.p95_ms / other.before.p95_ms),
  };
  const all = [before, during, after].flat();
  const doubled = all.filter(({ replies }) => replies > 1).length;
  const refused = { killed: router.refusedBy(0), other: router.refusedBy(1) };
  const isUnaffected = ratios.p50 <= BARS.p50_ratio_max && ratios.p95 <= BARS.p95_ratio_max;
  return {
    ok: isUnaffected && doubled === 0 && refused.other === 0,
    bench: "cells",
    bars: BARS,
    messages: all.length,
    down_s: round((down.until - down.from) / 1000),
    doubled,
    refused,
    ratios,
    other_cell: other,
    killed_cell: killed,
  };
}

/** Its servers and its processes at once, as the loss of its hosts does. */
async function killCell({ sandbox, revision }: Cell): Promise<void> {
  await Promise.all([...revision.processes, ...SERVERS].map((name) => sandbox.end(name, "SIGKILL")));
}

async function restartCell({ sandbox, revision }: Cell): Promise<void> {
  for (const name of [...SERVERS, ...revision.processes.toReversed()]) await sandbox.restart(name);
}

function summarize(messages: readonly SentMessage[]): CellLatency {
  const sorted = messages.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  return {
    messages: sorted.length,
    p50_ms: quantile(sorted, 0.5),
    p95_ms: quantile(sorted, 0.95),
    max_ms: quantile(sorted, 1),
  };
}

type CellsReport = Awaited<ReturnType<typeof measureCells>>;

function formatCells({
  messages,
  down_s: downS,
  doubled,
  refused,
  ratios,
  ...report
}: CellsReport): string[] {
  const format = ([name, { p50_ms: p50, p95_ms: p95, max_ms: max, messages: n }]: [string, CellLatency]) =>
    `  ${name.replaceAll("_", " ")}: ${n} messages, p50 ${p50}, p95 ${p95}, longest ${max} ms`;
  return [
    `${messages} messages, one cell down for ${downS} s: all answered, ${doubled} doubled; refused and repeated: ${refused.killed} of the killed cell, ${refused.other} of the other one`,
    `the other cell while the first one is down: ${ratios.p50} times its p50 before (bar ${BARS.p50_ratio_max}), ${ratios.p95} times its p95 (bar ${BARS.p95_ratio_max})`,
    "the other cell",
    ...Object.entries(report.other_cell).map(format),
    "the killed cell",
    ...Object.entries(report.killed_cell).map(format),
  ];
}
