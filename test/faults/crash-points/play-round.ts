import { outcomesOf } from "../../../db/outcomes.ts";
import type { Failpoint } from "../../../infra/runtime/failpoint.ts";
import { vendorOf } from "../../../infra/ops/demo/vendors/registry.ts";
import { eventually } from "../../support/eventually.ts";
import { countOpen } from "../ledger/read-stores.ts";
import { markerOf } from "../load/marker.ts";
import type { PlannedMessage } from "../load/message-plan.ts";
import type { Scene } from "../under-load.ts";
import type { Armed, FailpointDesk } from "./failpoint-desk.ts";
import { type ClassChannel, POINTS, type Victim } from "./points.ts";
import { reachContinuation } from "./reach-continuation.ts";

/** One fall of one victim, while a person on each channel stands at each of the points, which are all of one process. */
export interface Round {
  points: readonly [Failpoint, ...Failpoint[]];
  victim: Victim;
  channels: readonly ClassChannel[];
  /** Makes people and markers that no other round has. */
  number: number;
}

const ARRIVE_WITHIN_MS = 25_000;
const SETTLE_WITHIN_MS = 90_000;
const LONGEST_DOWN_MS = 1_000;
const SPREAD_MS = 150;
/** People and markers a round may use. */
const NUMBERS = 40;

const processOf = ({ points: [first] }: Pick<Round, "points">) => POINTS[first].process;

/** What is counted: each point by itself. */
export function faultsOf({ points, victim }: Round): string[] {
  return points.map((point) => `${point} ${victim === "own" ? POINTS[point].process : victim}`);
}

/** The people of a round: one for each point and channel. Who comes to stand at which point is decided on the way. */
export function peopleOf({ points, channels, number }: Round): { channel: ClassChannel; from: string }[] {
  return points
    .flatMap(() => channels)
    .map((channel, i) => ({ channel, from: vendorOf(channel).person(number * NUMBERS + i) }));
}

/** Brings messages to the point, ends the victim there, heals it. Resolves when everything of the round has come to an end. */
export async function playRound(scene: Scene, desk: FailpointDesk, round: Round): Promise<void> {
  const { points, channels, victim } = round;
  const act = victim === "own" ? ("die" as const) : ("hold" as const);
  const arm = () => desk.arm(processOf(round), { points, arrivals: channels.length, act });
  const over = Promise.withResolvers<void>();
  const { armed, offered } = await bring(scene, round, { arm, over: over.promise });
  if (await reached(armed, points.length * channels.length)) await strike(scene, round, armed);
  armed.goOn();
  over.resolve();
  await offered;
  await settled(scene, round);
}

interface Bringing {
  arm(): Armed;
  /** Resolves when the fault of the round is over. */
  over: Promise<void>;
}

async function bring(scene: Scene, round: Round, { arm, over }: Bringing) {
  const { loader, random } = scene;
  const { points, channels } = round;
  if (points.includes("K15")) return await reachContinuation(scene, { arm, over, lines: linesOf(round) });
  const plan = random.fork(`${faultsOf(round).join()} load`);
  const messages = linesOf(round).map(([first]) => ({ ...first, atMs: plan.int(SPREAD_MS) }));
  const armed = arm();
  if (!points.includes("K0")) return { armed, offered: loader.offer(messages) };
  // Those who stop in the middle of their body stand there before the others come by.
  const halves = messages.slice(0, channels.length).map((message) => ({ ...message, secondHalf: over }));
  const stopped = loader.offer(halves);
  await reached(armed, halves.length);
  const whole = loader.offer(messages.slice(halves.length));
  return { armed, offered: Promise.all([stopped, whole]) };
}

/** What each person of the round may say, in order. */
function linesOf(round: Round): [PlannedMessage, ...PlannedMessage[]][] {
  const people = peopleOf(round);
  return people.map((person, i) => {
    const line = (n: number) => {
      const marker = markerOf(round.number * NUMBERS + n * people.length + i);
      return { ...person, text: `When are you open on Saturdays? (${marker})`, marker, atMs: 0, copies: 1 };
    };
    return [line(0), line(1), line(2), line(3)];
  });
}

async function reached(armed: Armed, arrivals: number): Promise<boolean> {
  const look = () => Promise.resolve(armed.arrivals() >= arrivals);
  return await eventually("arrivals", look, ARRIVE_WITHIN_MS).catch(() => false);
}

async function strike(scene: Scene, round: Round, armed: Armed): Promise<void> {
  const { faultStack, faults, random } = scene;
  const { stack } = faultStack;
  const name = round.victim === "own" ? processOf(round) : round.victim;
  const pid = stack.pidOf(name);
  const plan = random.fork(`${faultsOf(round).join()} fault`);
  // By the seed: those who stand at the point go on while the server is away, or when it is back.
  const isAwayMeanwhile = plan.chance(0.5);
  const downMs = plan.int(LONGEST_DOWN_MS);
  if (round.victim !== "own") await stack.end(name, "SIGKILL");
  if (await ended(pid, round.victim === "own" ? armed : null))
    for (const fault of faultsOf(round)) faults.fired(fault);
  if (isAwayMeanwhile) armed.goOn();
  await pause(downMs);
  await stack.restart(name);
}

/** True where the process is gone, and, where it was to kill itself, took the order away before. */
async function ended(pid: number | null, armed: Armed | null): Promise<boolean> {
  const gone = () => Promise.resolve(pid !== null && !isAlive(pid) && armed?.stands() !== true);
  return await eventually("its end", gone, 5_000).catch(() => false);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function settled({ faultStack: { db }, loader }: Scene, round: Round): Promise<void> {
  const people = new Set(peopleOf(round).map(({ from }) => from));
  const ids = loader.offered.flatMap((message) =>
    people.has(message.from) ? message.providerMessageId : [],
  );
  const atRest = async () => {
    const rows = await outcomesOf(db, ids).catch(() => []);
    return rows.length === ids.length && (await countOpen(db).catch(() => ({ open: 1 }))).open === 0;
  };
  // What does not end is told by the invariants, at the end of the campaign.
  await eventually("rest", atRest, SETTLE_WITHIN_MS).catch(() => false);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
