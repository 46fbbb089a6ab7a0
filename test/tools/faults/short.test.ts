import { describe, expect, it } from "vitest";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import type { CampaignReport } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns/registry.ts";

/** Those that are done within a minute and need nothing of the machine; `npm run faults -- full` has all of them at length. */
const IN_EVERY_RUN = ["kills", "crash-points"];
const SEED = 1;
/** A whole campaign with its servers, on a machine that others use too. */
const WITHIN_MS = 240_000;

describe("a short fault campaign", () => {
  for (const name of IN_EVERY_RUN) {
    it(
      `the short campaign ${name} loses nothing, duplicates nothing and keeps the order`,
      async () => {
        const campaign = CAMPAIGNS.find((each) => each.name === name);
        const report = await campaign?.run({ seed: SEED, scale: "short", progress: silentProgress });
        expect(report === undefined ? "no such campaign" : problemsOf(report)).toEqual([]);
        expect(report?.messages_acknowledged).toBeGreaterThan(0);
      },
      WITHIN_MS,
    );
  }
});

/** Timings, which belong to the full run on a machine of its own: how soon rest came, and how many models answered in their time. */
const TIMINGS = [/^not at rest/, /answers were a model's/];

/** Everything that a reader of a red test wants to know. */
function problemsOf({ invariants, figures, faults_not_fired: silent }: CampaignReport): string[] {
  return [
    ...Object.entries(invariants).flatMap(([name, { violations }]) =>
      violations
        .filter((each) => !TIMINGS.some((timing) => timing.test(each)))
        .map((violation) => `${name}: ${violation}`),
    ),
    ...figures
      .filter(({ ok }) => !ok)
      .map(({ figure, value, target }) => `${figure} is ${value}, not ${target}`),
    ...silent.map((kind) => `${kind} was planned and never happened`),
  ];
}
