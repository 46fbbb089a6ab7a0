import type { Scale } from "../campaign.ts";
import { SUPERSEDE, type Supersede } from "../environment/supersede.ts";
import { createRandom, type Random } from "../random.ts";
import type { Shape } from "../shape.ts";
import { FAULT_KINDS, type FaultAction, type FaultName, pickLength } from "./fault-kinds.ts";
import { STORIES, type StoryAction, type StoryName } from "./stories.ts";

/** What an operator can choose. The processes of a round are started with it. */
export interface RoundSettings {
  supersede: Supersede;
  hasSpool: boolean;
  workers: 1 | 2;
  ingresses: 1 | 2;
  shape: Shape;
}

export type Action = StoryAction | FaultAction;

export interface RoundPlan {
  seed: number;
  round: number;
  settings: RoundSettings;
  actions: readonly Action[];
}

interface RoundSize {
  stories: number;
  faults: number;
  /** All actions begin in this time. */
  durationMs: number;
  /** A fault of a kind that is always longer has its shortest length. */
  longestFaultS: number;
}

export const SIZES: Readonly<Record<Scale, RoundSize>> = {
  /** For `npm test`. */
  short: { stories: 8, faults: 2, durationMs: 2_000, longestFaultS: 1 },
  /** About half a minute with its servers, and more with a long outage. */
  full: { stories: 40, faults: 4, durationMs: 14_000, longestFaultS: 60 },
};

/**
 * The same seed, round and size make the same plan. An action keeps its id and its random numbers when others are left out, and when the
 * shape is chosen.
 */
export function planRound(
  seed: number,
  round: number,
  { stories, faults, durationMs, longestFaultS, shape }: RoundSize & { shape?: Shape | undefined },
): RoundPlan {
  const random = createRandom(seed).fork(`round ${round}`);
  const planned = planSettings(random.fork("settings"));
  const settings = { ...planned, shape: shape ?? planned.shape };
  const actions: Action[] = [];
  for (let id = 0; id < faults + stories; id++) {
    const fork = random.fork(`action ${id}`);
    const atMs = fork.int(durationMs);
    if (id < faults) {
      const name = nameInShape(pickWeighted<FaultName>(FAULT_KINDS, fork), settings.shape);
      const forMs = pickLength(name, fork, longestFaultS);
      actions.push({ kind: "fault", id, name, atMs, forMs, random: fork });
    } else {
      const name = pickWeighted<StoryName>(STORIES, fork);
      actions.push({
        kind: "story",
        id,
        name,
        channel: fork.pick(STORIES[name].channels),
        atMs,
        random: fork,
      });
    }
  }
  return { seed, round, settings, actions: actions.toSorted((a, b) => a.atMs - b.atMs) };
}

function planSettings(random: Random): RoundSettings {
  return {
    supersede: random.pick(SUPERSEDE),
    hasSpool: random.chance(0.5),
    workers: random.pick([1, 1, 2] as const),
    ingresses: random.pick([1, 1, 2] as const),
    shape: random.pick(["shipped", "shipped", "separate-model"] as const),
  };
}

/** Without a model worker, the fault hits the worker that makes the model calls. */
function nameInShape(name: FaultName, shape: Shape): FaultName {
  if (shape === "separate-model") return name;
  if (name === "kill_model") return "kill_worker";
  return name === "freeze_model" ? "freeze_worker" : name;
}

function pickWeighted<Name extends string>(
  from: Readonly<Record<Name, { weight: number }>>,
  random: Random,
): Name {
  const names = Object.keys(from) as Name[];
  let left = random.next() * names.reduce((sum, name) => sum + from[name].weight, 0);
  for (const name of names) {
    left -= from[name].weight;
    if (left < 0) return name;
  }
  throw new Error("A list to pick from has no weight.");
}

/** One line for each action. */
export function describeActions(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    const at = `${(action.atMs / 1_000).toFixed(1)} s`;
    const name = action.name.replaceAll("_", " ");
    return action.kind === "fault"
      ? `#${action.id} at ${at}: ${name}, ${action.forMs / 1_000} s`
      : `#${action.id} at ${at}: ${name} (${action.channel})`;
  });
}
