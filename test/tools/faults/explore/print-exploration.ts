import type { Exploration } from "./explore.ts";
import { repeatCommand } from "./explore.ts";
import { describeActions } from "./round-plan.ts";

/** The one object of `--json`. */
export function toJson({ seed, scale, shape, rounds, failure, broken, duration_s }: Exploration): object {
  return {
    ok: hasPassed({ rounds, failure, broken }),
    seed,
    scale,
    duration_s,
    messages_acknowledged: rounds.reduce((sum, { report }) => sum + report.messages_acknowledged, 0),
    rounds: rounds.map(({ round, settings, report }) => ({ round, settings, ...report })),
    failure:
      failure === null
        ? null
        : {
            round: failure.round,
            settings: failure.settings,
            violations: violationsOf(failure.report),
            smallest: {
              violations: violationsOf(failure.smallest.report),
              actions: failure.smallest.actions.map(({ random: _random, ...action }) => action),
            },
            repeat: repeatCommand({ seed, scale, shape }, failure.round, failure.smallest.actions),
          },
    broken,
  };
}

export function hasPassed({
  rounds,
  failure,
  broken,
}: Pick<Exploration, "rounds" | "failure" | "broken">): boolean {
  return rounds.length > 0 && failure === null && broken === null && rounds.every(({ report }) => report.ok);
}

export function printExploration(exploration: Exploration): string {
  const { seed, rounds, failure, broken, duration_s: took } = exploration;
  const messages = rounds.reduce((sum, { report }) => sum + report.messages_acknowledged, 0);
  const head = `${rounds.length} rounds, ${messages} messages, ${took} s, seed ${seed}`;
  if (broken !== null)
    return `${head}\nRound ${broken.round} ended with an error: ${broken.reason}\n${repeatCommand(exploration, broken.round, null)}\n`;
  if (failure === null) return `${head}\nPassed.\n`;
  const { smallest } = failure;
  const settings = Object.entries(failure.settings).map(([name, value]) => `${name} ${value}`);
  return `${[
    head,
    `Did NOT pass. Round ${failure.round} with ${settings.join(", ")}:`,
    ...violationsOf(failure.report).map((violation) => `  ${violation}`),
    "The smallest combination that was seen to fail:",
    ...describeActions(smallest.actions).map((line) => `  ${line}`),
    ...violationsOf(smallest.report).map((violation) => `  ${violation}`),
    `Repeat it: ${repeatCommand(exploration, failure.round, smallest.actions)}`,
  ].join("\n")}\n`;
}

function violationsOf({
  invariants,
  faults_not_fired: notFired,
}: NonNullable<Exploration["failure"]>["report"]): string[] {
  return [
    ...Object.entries(invariants).flatMap(([name, { violations }]) =>
      violations.map((violation) => `${name}: ${violation}`),
    ),
    ...notFired.map((kind) => `planned and never fired: ${kind}`),
  ];
}
