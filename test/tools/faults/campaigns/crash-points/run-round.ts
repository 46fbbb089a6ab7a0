import { findMessageOutcomes } from "../../../../../db/inbound/message-outcomes.ts";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import { findContacts } from "../../../../../infra/cli/demo/contacts.ts";
import { eventually } from "../../../../support/eventually.ts";
import { countOpen } from "../../ledger/read-stores.ts";
import { markerOf } from "../../load/marker.ts";
import type { PlannedMessage } from "../../load/message-plan.ts";
import type { CampaignContext } from "../../run-under-load.ts";
import type { ArmedFailpoint, FailpointController } from "./failpoint-controller.ts";
import { type ProbeChannel, processAt, type Victim } from "./points.ts";
import { reachContinuation } from "./reach-continuation.ts";
import type { Shape } from "../../shape.ts";

/** One kill of one victim while a contact on each channel is at each of the points. All points belong to one process. */
export interface Round {
  points: readonly [Failpoint, ...Failpoint[]];
  victim: Victim;
  channels: readonly ProbeChannel[];
  shape: Shape;
  /** Makes the contacts and markers of the round unique. */
  number: number;
}

const ARRIVE_WITHIN_MS = 25_000;
const SETTLE_WITHIN_MS = 90_000;
const LONGEST_DOWN_MS = 1_000;
const SPREAD_MS = 150;
/** The contacts and markers that a round may use. */
const NUMBERS = 40;

const processOf = ({ points: [first], shape }: Round) => processAt(first, shape);

/** The names of the faults; each point counts separately, and in each shape. */
export function faultsOf({ points, victim, shape }: Round): string[] {
  const where = shape === "shipped" ? "" : ` (${shape})`;
  return points.map((point) => `${point} ${victim === "own" ? processAt(point, shape) : victim}${where}`);
}

/** The contacts of a round: one for each point and channel. Which contact reaches which point is not fixed. */
export function contactsOf({ points, channels, number }: Round): { channel: ProbeChannel; from: string }[] {
  return points
    .flatMap(() => channels)
    .map((channel, i) => ({ channel, from: findContacts(channel).createAddress(number * NUMBERS + i) }));
}

/** Brings messages to the point, kills the victim and restarts it. Resolves when every message of the round has an outcome. */
export async function runRound(
  context: CampaignContext,
  controller: FailpointController,
  round: Round,
): Promise<void> {
  const { points, channels, victim } = round;
  const act = victim === "own" ? ("die" as const) : ("hold" as const);
  const arm = () => controller.arm(processOf(round), { points, arrivals: channels.length, act });
  const over = Promise.withResolvers<void>();
  const from = Date.now();
  const { armed, offered } = await bringMessages(context, round, { arm, over: over.promise });
  if (await awaitArrivals(armed, points.length * channels.length)) await killVictim(context, round, armed);
  armed.release();
  // The point may have held a send for the whole round.
  if (victim !== "own" || processOf(round) === "worker")
    context.ambiguousTimes.add({ from, until: Date.now() });
  over.resolve();
  await offered;
  await awaitSettled(context, round);
}

interface ArrivalPlan {
  arm(): ArmedFailpoint;
  /** Resolves when the fault of the round is over. */
  over: Promise<void>;
}

async function bringMessages(context: CampaignContext, round: Round, { arm, over }: ArrivalPlan) {
  const { loader, random } = context;
  const { points, channels } = round;
  if (points.includes("after_last_turn"))
    return await reachContinuation(context, { arm, over, lines: linesOf(round) });
  const plan = random.fork(`${faultsOf(round).join()} load`);
  const messages = linesOf(round).map(([first]) => ({ ...first, atMs: plan.int(SPREAD_MS) }));
  const armed = arm();
  if (!points.includes("half_body_read")) return { armed, offered: loader.offer(messages) };
  // The requests that stop in the middle of their body must arrive before the others pass the point.
  const halves = messages.slice(0, channels.length).map((message) => ({ ...message, secondHalf: over }));
  const stopped = loader.offer(halves);
  await awaitArrivals(armed, halves.length);
  const whole = loader.offer(messages.slice(halves.length));
  return { armed, offered: Promise.all([stopped, whole]) };
}

/** The messages of each contact of the round, in order. */
function linesOf(round: Round): [PlannedMessage, ...PlannedMessage[]][] {
  const contacts = contactsOf(round);
  return contacts.map((contact, i) => {
    const line = (n: number) => {
      const marker = markerOf(round.number * NUMBERS + n * contacts.length + i);
      return { ...contact, text: `When are you open on Saturdays? (${marker})`, marker, atMs: 0, copies: 1 };
    };
    return [line(0), line(1), line(2), line(3)];
  });
}

async function awaitArrivals(armed: ArmedFailpoint, arrivals: number): Promise<boolean> {
  const hasArrived = () => Promise.resolve(armed.arrivals() >= arrivals);
  return await eventually("arrivals", hasArrived, ARRIVE_WITHIN_MS).catch(() => false);
}

async function killVictim(context: CampaignContext, round: Round, armed: ArmedFailpoint): Promise<void> {
  const { faultSandbox, faults, random } = context;
  const { sandbox } = faultSandbox;
  const name = round.victim === "own" ? processOf(round) : round.victim;
  const pid = sandbox.pidOf(name);
  const plan = random.fork(`${faultsOf(round).join()} fault`);
  // The seed decides whether the processes at the point continue while the server is down or after its restart.
  const releasedWhileDown = plan.chance(0.5);
  const downMs = plan.int(LONGEST_DOWN_MS);
  if (round.victim !== "own") await sandbox.end(name, "SIGKILL");
  if (await awaitExit(pid, round.victim === "own" ? armed : null))
    for (const fault of faultsOf(round)) faults.fired(fault);
  if (releasedWhileDown) armed.release();
  await pause(downMs);
  await sandbox.restart(name);
}

/** True when the process has ended, and has removed the order before if it had to kill itself. */
async function awaitExit(pid: number | null, armed: ArmedFailpoint | null): Promise<boolean> {
  const isGone = () => Promise.resolve(pid !== null && !isAlive(pid) && armed?.isArmed() !== true);
  return await eventually("the end of the process", isGone, 5_000).catch(() => false);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function awaitSettled({ faultSandbox: { db }, loader }: CampaignContext, round: Round): Promise<void> {
  const contacts = new Set(contactsOf(round).map(({ from }) => from));
  const ids = loader.offered.flatMap((message) =>
    contacts.has(message.from) ? message.providerMessageId : [],
  );
  const isIdle = async () => {
    const rows = await findMessageOutcomes(db, ids).catch(() => []);
    return rows.length === ids.length && (await countOpen(db).catch(() => ({ open: 1 }))).open === 0;
  };
  // The invariants report open messages at the end of the campaign.
  await eventually("outcomes of all messages", isIdle, SETTLE_WITHIN_MS).catch(() => false);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
