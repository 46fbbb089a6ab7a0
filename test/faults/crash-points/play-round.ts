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

/** One point and one victim; a person on each channel stands at the point when it happens. */
export interface Round {
  point: Failpoint;
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
const NUMBERS = 20;

export const faultOf = ({ point, victim }: Pick<Round, "point" | "victim">) =>
  `${point} ${victim === "own" ? POINTS[point].process : victim}`;

/** The people of a round, by channel. */
export function peopleOf({ channels, number }: Round): { channel: ClassChannel; from: string }[] {
  return channels.map((channel, i) => ({ channel, from: vendorOf(channel).person(number * NUMBERS + i) }));
}

/** Brings messages to the point, ends the victim there, heals it. Resolves when everything of the round has come to an end. */
export async function playRound(scene: Scene, desk: FailpointDesk, round: Round): Promise<void> {
  const { point, channels, victim } = round;
  const arm = () =>
    desk.arm(POINTS[point].process, {
      point,
      arrivals: channels.length,
      act: victim === "own" ? "die" : "hold",
    });
  const over = Promise.withResolvers<void>();
  const { armed, offered } = await bring(scene, round, { arm, over: over.promise });
  if (await reached(armed, channels.length)) await strike(scene, round, armed);
  armed.goOn();
  over.resolve();
  await offered;
  await settled(scene, round);
}

interface Bringing {
  arm(): Armed;
  over: Promise<void>;
}

async function bring(scene: Scene, round: Round, { arm, over }: Bringing) {
  const { loader, random } = scene;
  if (round.point === "K15") return await reachContinuation(scene, { arm, over, lines: linesOf(round) });
  const plan = random.fork(`${faultOf(round)} load`);
  const messages = linesOf(round).map(([first]) => ({ ...first, atMs: plan.int(SPREAD_MS) }));
  const armed = arm();
  const halves = round.point === "K0" ? { secondHalf: over } : {};
  return { armed, offered: loader.offer(messages.map((message) => ({ ...message, ...halves }))) };
}

/** What each person of the round may say, in order. */
function linesOf(round: Round): [PlannedMessage, ...PlannedMessage[]][] {
  return peopleOf(round).map((person, i) => {
    const line = (n: number) => {
      const marker = markerOf(round.number * NUMBERS + n * round.channels.length + i);
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
  const name = round.victim === "own" ? POINTS[round.point].process : round.victim;
  const pid = stack.pidOf(name);
  const plan = random.fork(`${faultOf(round)} fault`);
  // By the seed: those who stand at the point go on while the server is away, or when it is back.
  const isAwayMeanwhile = plan.chance(0.5);
  const downMs = plan.int(LONGEST_DOWN_MS);
  if (round.victim !== "own") await stack.end(name, "SIGKILL");
  if (await ended(pid, round.victim === "own" ? armed : null)) faults.fired(faultOf(round));
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
    return rows.length === ids.length && (await countOpen(db).catch(() => 1)) === 0;
  };
  // What does not end is told by the invariants, at the end of the campaign.
  await eventually("rest", atRest, SETTLE_WITHIN_MS).catch(() => false);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
