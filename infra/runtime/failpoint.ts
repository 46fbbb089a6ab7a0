import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/*
 * Failpoints are places between two commits where the fault harness kills a process, or a server that the process uses.
 * docs/crash-matrix.md has the results.
 *
 * PARLEY_FAILPOINT names a folder. A failpoint does nothing until the harness writes an order into the file `armed` of that folder:
 *
 *   no order -> armed      the harness writes the file
 *   armed -> no order      "die": the process removes the file and kills itself; "hold": the harness removes it and all continue
 *
 * A point fires once for each order, so a restarted process passes it. A process that arrives writes a line to disk first.
 * The harness counts an arrival only where that line exists.
 */

/** Name and meaning, in the order of a message's path. Each is named at one place of the product. */
export const FAILPOINTS = Object.freeze({
  half_body_read: "Half of the body of a webhook request has arrived.",
  after_signature_check: "The signature is verified. Nothing is stored.",
  after_dedupe_insert:
    "The message is stored in a transaction that is not committed. Only the longer path has this point: one statement stores an ordinary message.",
  after_message_commit: "The message is committed. The response has not been sent.",
  after_acknowledgement: "The 2xx response has been sent. The workflow has not been started.",
  after_workflow_start: "Temporal has started the workflow. Its response has not been read.",
  before_screen: "The completion is stored. Its screen has not begun.",
  after_rate_token: "The rate token is taken. The plan of the turn is not written.",
  after_passage_ranking: "The passages are ranked. Their texts are not read.",
  during_model_response: "The response of the model has begun. It is not read.",
  after_model_response: "The response of the model is read. It is not stored.",
  after_record_commit: "The reply and its delivery rows are committed. Temporal does not know it.",
  after_gate_commit: "The gate has marked the part as sending. The send has not begun.",
  after_vendor_acceptance: "The vendor has accepted the send. Its response has not been read.",
  after_vendor_response: "The response of the vendor is read. The outcome is not written.",
  after_last_turn:
    "The last turn of a run has ended while messages wait. The workflow has not continued as new.",
});
export type Failpoint = keyof typeof FAILPOINTS;

export const FAILPOINT_NAMES = Object.keys(FAILPOINTS) as readonly Failpoint[];

/** The file `armed`, as JSON. */
export interface FailpointOrder {
  points: readonly Failpoint[];
  /** How many arrivals at each point wait for each other; later ones pass. */
  arrivals: number;
  /** At the last arrival the process kills itself, or all of them wait until the order is removed. */
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
  throw new Error("PARLEY_FAILPOINT makes this process kill itself: remove it where NODE_ENV is production.");

/** Bytes that were written before the point may still be in the process: at `after_acknowledgement` the response must have left. */
const LINGER_MS = 250;
/** A process continues after this time, so that a dead harness cannot stop it for ever. */
const MAX_HOLD_MS = 30_000;
const POLL_MS = 10;

/** A place where a fault may happen. Without PARLEY_FAILPOINT it costs one comparison. */
export function failpoint(name: Failpoint): Promise<void> | undefined {
  return FOLDER === undefined ? undefined : arrive(join(FOLDER, "armed"), name);
}

/** Whether the harness waits for this point. For a point that exists only on one of several paths. */
export function isFailpointArmed(name: Failpoint): boolean {
  return FOLDER !== undefined && readOrder(join(FOLDER, "armed"))?.points.includes(name) === true;
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
    // Not logged: no order, or the file was removed between the check and the read.
    return null;
  }
}

function writeLine(file: string, arrival: FailpointArrival): void {
  const log = openSync(file, "a");
  writeSync(log, `${JSON.stringify(arrival)}\n`);
  fsyncSync(log);
  closeSync(log);
}

/** The lines so far. The harness reads them too. */
export function arrivalsIn(file: string): FailpointArrival[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as FailpointArrival);
}
