import { describe, expect, it } from "vitest";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import type { CampaignReport } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns/registry.ts";
import { explore } from "./explore/explore.ts";

/** The campaigns that take about a minute and need no special machine. `npm run faults -- full` runs all of them. */
const IN_EVERY_RUN = ["kills", "crash-points"];
const SEED = 1;
/** A round with `supersede: regenerate`, a spool, an outage of PostgreSQL, a frozen model worker, opt-outs, a deletion and closed windows. */
const ROUND = 55;
/** The time of a campaign with its servers on a shared machine. */
const WITHIN_MS = 240_000;

describe("a short fault campaign", () => {
  it(
    "a short round of random faults, settings and messages keeps every invariant",
    async () => {
      const { rounds, broken } = await explore({
        seed: SEED,
        minutes: 1,
        progress: silentProgress,
        scale: "short",
        only: { round: ROUND, actions: null },
      });
      expect(broken).toBeNull();
      expect(rounds.flatMap(({ report }) => problemsOf(report))).toEqual([]);
      expect(rounds[0]?.report.messages_acknowledged).toBeGreaterThan(0);
    },
    WITHIN_MS,
  );

  for (const name of IN_EVERY_RUN) {
    it(
      `the short campaign ${name} loses nothing, duplicates nothing and keeps the order`,
      async () => {
        const campaign = CAMPAIGNS.find((each) => each.name === name);
        const report = await campaign?.run({
          seed: SEED,
          scale: "short",
          shape: "shipped",
          progress: silentProgress,
        });
        expect(report === undefined ? "no such campaign" : problemsOf(report)).toEqual([]);
        expect(report?.messages_acknowledged).toBeGreaterThan(0);
      },
      WITHIN_MS,
    );
  }
});

/** Violations of time limits, which only a run on a dedicated machine may judge. */
const TIMINGS = [/^work was left/, /replies came from a model/];

/** Everything that the reader of a failed test needs. */
function problemsOf({ invariants, figures, faults_not_fired: notFired }: CampaignReport): string[] {
  return [
    ...Object.entries(invariants).flatMap(([name, { violations }]) =>
      violations
        .filter((each) => !TIMINGS.some((timing) => timing.test(each)))
        .map((violation) => `${name}: ${violation}`),
    ),
    ...figures
      .filter(({ ok }) => !ok)
      .map(({ figure, value, target }) => `${figure} is ${value}, not ${target}`),
    ...notFired.map((kind) => `${kind} was planned and never fired`),
  ];
}
