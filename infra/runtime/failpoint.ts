import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/*
 * Crash points: the moments between two promises, each named at one place of the product, where the fault harness ends a process
 * or a server behind it. docs/crash-matrix.md says what each name means and what came of it.
 *
 * PARLEY_FAILPOINT names a folder. Nothing happens there until somebody writes an order into its file `armed`:
 *
 *   no order -> armed      the harness writes it
 *   armed -> no order      die: the process takes it away and kills itself; hold: the harness takes it away, and all go on
 *
 * So a point fires once for each order, and a process that was started again passes it. Whoever arrives writes a line first, on
 * disk before anything else happens: what the lines do not say did not happen.
 */

export const FAILPOINTS = [
  "K0",
  "K1",
  "K2",
  "K3",
  "K4",
  "K5",
  "K6",
  "K7",
  "K8",
  "K9",
  "K10",
  "K11",
  "K12",
  "K13",
  "K14",
  "K15",
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** The file `armed`, as JSON. */
export interface FailpointOrder {
  points: readonly Failpoint[];
  /** So many stay at each of the points and wait for each other; whoever comes later passes. */
  arrivals: number;
  /** With the last arrival the process kills itself, or all stand still until the order is gone. */
  act: "die" | "hold";
  /** A file that gets one line for each arrival. */
  log: string;
}

export interface FailpointArrival {
  point: Failpoint;
  pid: number;
  at: number;
}

const FOLDER = process.env["PARLEY_FAILPOINT"] || undefined;
if (FOLDER !== undefined && process.env["NODE_ENV"] === "production")
  throw new Error(
    "PARLEY_FAILPOINT makes this process kill itself; take it away where NODE_ENV is production.",
  );

/** What came before the point may still be on its way out of the process: K4 is the moment when the acknowledgement has left. */
const LINGER_MS = 250;
/** A harness that has gone must not keep a process standing. */
const MAX_HOLD_MS = 30_000;
const POLL_MS = 10;

/** Where a fault may strike. Off, it is this one comparison, and an `await` of nothing. */
export function failpoint(name: Failpoint): Promise<void> | undefined {
  return FOLDER === undefined ? undefined : arrive(join(FOLDER, "armed"), name);
}

async function arrive(armed: string, name: Failpoint): Promise<void> {
  const order = readOrder(armed);
  if (order === null || !order.points.includes(name)) return;
  const before = arrivalsIn(order.log);
  if (before.filter(({ point }) => point === name).length >= order.arrivals) return;
  writeLine(order.log, { point: name, pid: process.pid, at: Date.now() });
  const isLast = before.length + 1 === order.points.length * order.arrivals;
  if (order.act === "die" && isLast) await die(armed);
  const until = Date.now() + MAX_HOLD_MS;
  while (existsSync(armed) && Date.now() < until) await sleep(POLL_MS);
}

async function die(armed: string): Promise<void> {
  await sleep(LINGER_MS);
  rmSync(armed, { force: true });
  process.kill(process.pid, "SIGKILL");
}

function readOrder(armed: string): FailpointOrder | null {
  try {
    return JSON.parse(readFileSync(armed, "utf8")) as FailpointOrder;
  } catch {
    // It is not there, or was taken away at this moment.
    return null;
  }
}

function writeLine(file: string, arrival: FailpointArrival): void {
  const log = openSync(file, "a");
  writeSync(log, `${JSON.stringify(arrival)}\n`);
  fsyncSync(log);
  closeSync(log);
}

/** What has been written so far; the harness reads the same. */
export function arrivalsIn(file: string): FailpointArrival[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as FailpointArrival);
}
