import { parseArgs } from "node:util";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { explore, type ExploreOptions } from "./explore.ts";
import { hasPassed, printExploration, toJson } from "./print-exploration.ts";
import { isShape, SHAPE_OPTION } from "../shape.ts";

export const EXPLORE_USAGE = `npm run faults -- explore [--minutes N] [--seed S] [--json] [--scale short|full] ${SHAPE_OPTION} [--round R [--actions I,J,…]]`;
const DEFAULT_MINUTES = 10;

/** `npm run faults -- explore …`. Returns the exit code: 0 passed, 1 did not pass, 2 wrong arguments. */
export async function runExplore(args: string[], progress: Progress): Promise<number> {
  const chosen = parse(args);
  if (chosen === null) {
    process.stderr.write(`Usage: ${EXPLORE_USAGE}\n`);
    return 2;
  }
  const { json, ...options } = chosen;
  const exploration = await explore({ ...options, progress });
  process.stdout.write(json ? `${JSON.stringify(toJson(exploration))}\n` : printExploration(exploration));
  return hasPassed(exploration) ? 0 : 1;
}

function parse(args: string[]): (Omit<ExploreOptions, "progress"> & { json: boolean }) | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: "string", default: String(DEFAULT_MINUTES) },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        scale: { type: "string", default: "full" },
        shape: { type: "string" },
        round: { type: "string" },
        actions: { type: "string" },
      },
    });
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    const actions = values.actions?.split(",").map(Number) ?? null;
    const round = values.round === undefined ? null : Number(values.round);
    const numbers = [seed, round ?? 1, ...(actions ?? [])];
    const { json, scale, shape } = values;
    if (scale !== "short" && scale !== "full") return null;
    if (shape !== undefined && !isShape(shape)) return null;
    const isSound = minutes > 0 && numbers.every((each) => Number.isSafeInteger(each) && each >= 0);
    if (!isSound || (actions !== null && round === null)) return null;
    return { minutes, seed, scale, shape, json, ...(round !== null && { only: { round, actions } }) };
  } catch {
    return null;
  }
}
