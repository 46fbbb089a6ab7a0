import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { FAILPOINT_NAMES } from "../../../../../infra/runtime/failpoint.ts";
import type { Campaign, CampaignOptions, CampaignReport, Figure } from "../../campaign.ts";
import { type Cell, cellsOf } from "./cells.ts";
import { crashMatrix } from "./crash-matrix.ts";
import { supersedeOf } from "../../environment/supersede.ts";
import { createFailpointController, type FailpointController } from "./failpoint-controller.ts";
import { faultsOf, runRound, type Round } from "./run-round.ts";
import { isAtCall, PROBE_CHANNELS, VICTIMS } from "./points.ts";
import { awaitWorkers } from "../../environment/await-pollers.ts";
import { type CampaignContext, runUnderLoad } from "../../run-under-load.ts";
import { otherShape, processesOf, type Shape } from "../../shape.ts";

const PAGE = fileURLToPath(new URL("../../../../../docs/crash-matrix.md", import.meta.url));
const ALL_CLASSES = PROBE_CHANNELS.map(({ channel }) => channel);

export const crashPoints = createCrashPoints();

/** A process or a server is killed while messages are at each crash point. */
function createCrashPoints(): Campaign {
  // The page covers all seeds of one run, and each seed is a call of `run`.
  const cells: Cell[] = [];
  let hasPassed = true;
  return {
    name: "crash-points",
    description: `kill -9 of the process, Temporal and PostgreSQL at each of ${FAILPOINT_NAMES.length} crash points; about 8 minutes a seed`,
    async run(options) {
      const report = await run(options, cells);
      hasPassed &&= report.ok;
      // The page is about the shape that is shipped.
      const isForPage = options.scale === "full" && options.shape === "shipped";
      if (!isForPage || process.env["UPDATE_CRASH_MATRIX"] !== "1") return report;
      // On the page, a point that no process reached would look like one without a problem.
      const reason = hasPassed ? findChanges() : "a seed of this run did not pass";
      if (reason === null) writePage(cells);
      else options.progress.note(`  docs/crash-matrix.md is not written: ${reason}.`);
      return report;
    },
  };
}

async function run(options: CampaignOptions, cells: Cell[]): Promise<CampaignReport> {
  const controller = createFailpointController();
  const rounds = roundsOf(options);
  const supersede = supersedeOf(options.seed);
  try {
    return await runUnderLoad(options, {
      campaign: "crash-points",
      // Otherwise the calls that a point has held would count as slow, and the later ones would go over a queue.
      env: { PARLEY_MODEL_CALL_PLACE: "local" },
      shapes: [options.shape, otherShape(options.shape)],
      supersede,
      processes: [],
      load: () => Promise.resolve(),
      async injectFaults(context) {
        await turnQuietWindowOff(context);
        for (const fault of rounds.flatMap(faultsOf)) context.faults.plan(fault);
        await runRounds(context, controller, rounds);
      },
      figures(ledger) {
        const own = cellsOf(rounds, ledger, { seed: options.seed, supersede });
        cells.push(...own);
        return figuresOf(own);
      },
    });
  } finally {
    controller.close();
  }
}

/**
 * The full scale kills each victim at each point. The short scale kills each process once for all of its points. The points at a model
 * call come first, in the other shape: so the workers of a shape start once.
 */
function roundsOf({ scale, shape }: Pick<CampaignOptions, "scale" | "shape">): Round[] {
  const rounds: Omit<Round, "number" | "shape">[] =
    scale === "full"
      ? FAILPOINT_NAMES.flatMap((point) =>
          VICTIMS.map((victim) => ({ points: [point], victim, channels: ALL_CLASSES }) as const),
        )
      : SHORT_ROUNDS.map((points) => ({ points, victim: "own", channels: ["webhook"] }) as const);
  const atCalls = rounds.filter(({ points: [point] }) => isAtCall(point));
  return [
    ...atCalls.map((round) => ({ ...round, shape: otherShape(shape) })),
    ...rounds.map((round) => ({ ...round, shape })),
  ].map((round, number) => ({ ...round, number }));
}

const SHORT_ROUNDS: readonly Round["points"][] = [
  [
    "half_body_read",
    "after_signature_check",
    "after_dedupe_insert",
    "after_message_commit",
    "after_acknowledgement",
    "after_workflow_start",
  ],
  [
    "before_screen",
    "after_rate_token",
    "after_passage_ranking",
    "after_record_commit",
    "after_gate_commit",
    "after_vendor_acceptance",
    "after_vendor_response",
  ],
  ["during_model_response", "after_model_response"],
  ["after_last_turn"],
];

/** Turns the quiet window off, so that each message has its own turn. */
async function turnQuietWindowOff({ faultSandbox: { db } }: CampaignContext): Promise<void> {
  await db.execute(sql`UPDATE channel_accounts SET settings = settings || '{"quietWindowMs": 0}'`);
}

/** Replaces all Parley processes by those of the shape. */
async function startShape(
  { faultSandbox, temporal }: CampaignContext,
  controller: FailpointController,
  shape: Shape,
): Promise<void> {
  for (const { name } of processesOf(otherShape(shape))) await faultSandbox.sandbox.end(name);
  for (const each of processesOf(shape))
    await faultSandbox.startProcess({ ...each, env: controller.envOf(each.name) });
  await awaitWorkers(faultSandbox, temporal);
}

async function runRounds(
  context: CampaignContext,
  controller: FailpointController,
  rounds: readonly Round[],
): Promise<void> {
  for (const [i, round] of rounds.entries()) {
    if (round.shape !== rounds[i - 1]?.shape) await startShape(context, controller, round.shape);
    context.progress.tick(`  crash-points: ${i + 1} of ${rounds.length}, now ${faultsOf(round).join(", ")}`);
    await runRound(context, controller, round);
  }
}

function figuresOf(cells: readonly Cell[]): Figure[] {
  const wrong = cells.filter((cell) => cell.problems.length > 0);
  const twice = cells.filter(({ visible, owed }) => visible > owed);
  const lost = cells.reduce((sum, cell) => sum + cell.lost, 0);
  const figure = (name: string, value: number, target: string) => ({
    figure: name,
    value,
    target,
    n: cells.length,
    ok: value === 0,
  });
  return [
    figure("crash_point_cells_against_policy", wrong.length, "0"),
    figure("crash_point_cells_with_two_replies", twice.length, "0"),
    figure("crash_point_messages_lost", lost, "0"),
    ...wrong
      .map(({ points, victim, channel, visible, problems }) =>
        figure(`${points.join("-")}_${victim}_${channel}`, visible, problems.join("; ")),
      )
      .map((each) => ({ ...each, n: 1, ok: false })),
  ];
}

/** The page names a commit, which must have the code that ran. */
function findChanges(): string | null {
  const changes = execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" }).trim();
  return changes === "" ? null : "the files differ from those of the commit";
}

function writePage(cells: readonly Cell[]): void {
  writeFileSync(PAGE, crashMatrix(cells, commit()));
  execFileSync("npx", ["oxfmt", PAGE]);
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
}
