import { describe, expect, it } from "vitest";
import { createFaultCounter } from "../fault-counter.ts";
import type { CampaignReport, Verdict } from "../campaign.ts";
import { replyTimeFigures, timeFigures } from "../ledger/reply-times.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { printRun } from "./print-run.ts";
import { type Run, summarise } from "./summarise.ts";

const HELD: Verdict = { ok: true, checked: 10, violations: [] };
const BROKEN: Verdict = { ok: false, checked: 10, violations: ["one", "two"] };

function report(what: Partial<CampaignReport> = {}): CampaignReport {
  return {
    campaign: "kills",
    seed: 1,
    ok: true,
    messages_offered: 10,
    messages_acknowledged: 10,
    faults_fired: { "kill api": 2 },
    faults_not_fired: [],
    invariants: { I1: HELD },
    figures: [],
    duration_s: 1,
    ...what,
  };
}

const ran = (what?: Partial<CampaignReport>): Run => ({ kind: "run", report: report(what) });
const whole = (runs: readonly Run[], notChosen: readonly string[] = []) =>
  summarise(runs, { notChosen, scale: "short" });

describe("a run of campaigns", () => {
  it("has held where each campaign has, and says what was not asked for", () => {
    const summary = whole([ran(), ran({ seed: 2 })], ["herd"]);
    expect(summary).toMatchObject({ ok: true, seeds: [1, 2], messages_acknowledged: 20, faults_fired: 4 });
    expect(summary.not_run).toEqual([{ campaign: "herd", seed: null, reason: "not asked for" }]);
    expect(printRun(summary)).toContain("Held: 20 messages, 4 faults");
    expect(printRun(summary)).toContain("herd: not run, not asked for");
  });

  const figure = { figure: "lost", value: 1, target: "0", n: 10, ok: false };
  const others: readonly [string, readonly Run[]][] = [
    ["nothing was run", []],
    ["one broke", [ran(), { kind: "broken", campaign: "herd", seed: 1, reason: "no port" }]],
    [
      "one could not be run",
      [ran(), { kind: "not_run", campaign: "clocks", seed: 1, reason: "no faketime" }],
    ],
    ["none could be run", [{ kind: "not_run", campaign: "clocks", seed: 1, reason: "no faketime" }]],
    ["one seed of several did not hold", [ran(), ran({ seed: 2, ok: false })]],
    ["a report claims to have held with a broken invariant", [ran({ invariants: { I1: HELD, I2: BROKEN } })]],
    ["a report claims to have held and judged nothing", [ran({ invariants: {} })]],
    ["a report claims to have held with a figure missed", [ran({ figures: [figure] })]],
    ["a report claims to have held with a fault that never fired", [ran({ faults_not_fired: ["kill api"] })]],
    ["a report claims to have held without a message", [ran({ messages_acknowledged: 0 })]],
  ];
  for (const [what, runs] of others)
    it(`has not held where ${what}`, () => {
      const summary = whole(runs);
      expect(summary.ok).toBe(false);
      expect(printRun(summary)).toContain("Did NOT hold.");
      expect(printRun(summary)).not.toContain("Held:");
    });

  it("has not held as a whole where it came to less than 10,000 messages or 500 faults", () => {
    const seeds = (messages: number, faults: number) =>
      [1, 2, 3].map((seed) =>
        ran({ seed, messages_acknowledged: messages, faults_fired: { "kill api": faults } }),
      );
    const ok = (runs: Run[], notChosen: string[] = []) => summarise(runs, { notChosen, scale: "full" }).ok;
    expect(ok(seeds(3_334, 167))).toBe(true);
    expect(ok(seeds(3_333, 167))).toBe(false);
    expect(ok(seeds(3_334, 166))).toBe(false);
    expect(ok(seeds(3_333, 166), ["herd"])).toBe(true);
  });

  it("adds up verdicts, and one that is broken stays broken", () => {
    const { invariants } = whole([ran({ invariants: { I1: BROKEN } }), ran({ seed: 2 })]);
    expect(invariants).toEqual({ I1: { ok: false, checked: 20, violations: 2 } });
  });
});

describe("a count of faults", () => {
  it("tells of each kind that was planned and never fired, and of a campaign without any", () => {
    const faults = createFaultCounter();
    expect(faults.notFired()).toEqual(["any fault"]);
    faults.plan("kill api");
    faults.plan("kill worker");
    faults.fired("kill api");
    faults.fired("kill worker", 0);
    expect(faults.notFired()).toEqual(["kill worker"]);
    expect(faults.total()).toBe(1);
  });

  it("takes a count that is no number for no fault", () => {
    const faults = createFaultCounter();
    faults.fired("log lines", NaN);
    expect(faults.notFired()).toEqual(["log lines"]);
  });
});

describe("answer times", () => {
  it("are no figure where nothing was answered", () => {
    expect(timeFigures("answer", []).map(({ ok, n }) => [ok, n])).toEqual([
      [false, 0],
      [false, 0],
    ]);
    expect(timeFigures("answer", [1, 2, 3]).map(({ ok, value }) => [ok, value])).toEqual([
      [true, 2],
      [true, 2],
    ]);
  });

  it("stand beside the number of sends of which nobody knows", () => {
    const part = { turnId: "t", part: 0, attempt: 1, providerId: null, code: null, firstAttemptAt: 1 };
    const parts = [
      { ...part, id: "a", state: "unknown" },
      { ...part, id: "b", state: "accepted" },
    ];
    const ledger: Ledger = {
      offered: [],
      modelCalls: [],
      sends: [],
      inbox: [],
      turns: [],
      replyParts: parts,
      conversations: [],
      running: [],
      firstStarts: new Map(),
      healedAt: 1,
      settleWithinMs: 1,
      idleAt: 1,
    };
    const left = replyTimeFigures(ledger).find(({ figure }) => figure === "sends_left_unknown");
    expect(left).toMatchObject({ value: 1, n: 2 });
  });
});
