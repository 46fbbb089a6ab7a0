import { describe, expect, it } from "vitest";
import { createFaultCounter } from "../fault-counter.ts";
import type { CampaignReport, Verdict } from "../campaign.ts";
import { replyTimeFigures, timeFigures } from "../ledger/reply-times.ts";
import { emptyLedger, newReplyPart } from "../ledger/tampering/build-ledger.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { printRun } from "./print-run.ts";
import { type Run, summarise } from "./summarise.ts";

const HELD: Verdict = { ok: true, checked: 10, violations: [] };
const BROKEN: Verdict = { ok: false, checked: 10, violations: ["one", "two"] };

function report(changes: Partial<CampaignReport> = {}): CampaignReport {
  return {
    campaign: "kills",
    seed: 1,
    shapes: ["shipped"],
    ok: true,
    messages_offered: 10,
    messages_acknowledged: 10,
    model_calls: { in_workflow_task: 10, over_queue: 0 },
    faults_fired: { "kill api": 2 },
    faults_not_fired: [],
    invariants: { I1: HELD },
    figures: [],
    duration_s: 1,
    ...changes,
  };
}

const ran = (changes?: Partial<CampaignReport>): Run => ({ kind: "run", report: report(changes) });
const summariseShort = (runs: readonly Run[], notChosen: readonly string[] = []) =>
  summarise(runs, { notChosen, scale: "short" });

describe("a run of campaigns", () => {
  it("a run passes when each campaign passes, and lists the campaigns that were not requested", () => {
    const summary = summariseShort([ran(), ran({ seed: 2 })], ["herd"]);
    expect(summary).toMatchObject({ ok: true, seeds: [1, 2], messages_acknowledged: 20, faults_fired: 4 });
    expect(summary.not_run).toEqual([{ campaign: "herd", seed: null, reason: "not requested" }]);
    expect(printRun(summary)).toContain("Passed: 20 messages, 4 faults");
    expect(printRun(summary)).toContain("herd: not run, not requested");
  });

  const figure = { figure: "lost", value: 1, target: "0", n: 10, ok: false };
  const others: readonly [string, readonly Run[]][] = [
    ["no campaign was run", []],
    [
      "one campaign failed with an error",
      [ran(), { kind: "broken", campaign: "herd", seed: 1, reason: "no port" }],
    ],
    [
      "one campaign could not run on this machine",
      [ran(), { kind: "not_run", campaign: "clocks", seed: 1, reason: "no faketime" }],
    ],
    [
      "no campaign could run on this machine",
      [{ kind: "not_run", campaign: "clocks", seed: 1, reason: "no faketime" }],
    ],
    ["one of several seeds did not pass", [ran(), ran({ seed: 2, ok: false })]],
    ["a report claims to pass with a broken invariant", [ran({ invariants: { I1: HELD, I2: BROKEN } })]],
    ["a report claims to pass without any verdict", [ran({ invariants: {} })]],
    ["a report claims to pass with a missed figure", [ran({ figures: [figure] })]],
    ["a report claims to pass with a fault that never fired", [ran({ faults_not_fired: ["kill api"] })]],
    ["a report claims to pass without a message", [ran({ messages_acknowledged: 0 })]],
  ];
  for (const [condition, runs] of others)
    it(`a run does not pass when ${condition}`, () => {
      const summary = summariseShort(runs);
      expect(summary.ok).toBe(false);
      expect(printRun(summary)).toContain("Did NOT pass.");
      expect(printRun(summary)).not.toContain("Passed:");
    });

  it("a full run does not pass with fewer than 10,000 messages or 500 faults", () => {
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

  it("the summary adds up verdicts, and one broken verdict makes the sum broken", () => {
    const { invariants } = summariseShort([ran({ invariants: { I1: BROKEN } }), ran({ seed: 2 })]);
    expect(invariants).toEqual({ I1: { ok: false, checked: 20, violations: 2 } });
  });
});

describe("the fault counter", () => {
  it("the counter reports each kind that was planned and never fired, and a campaign without faults", () => {
    const faults = createFaultCounter();
    expect(faults.notFired()).toEqual(["any fault"]);
    faults.plan("kill api");
    faults.plan("kill worker");
    faults.fired("kill api");
    faults.fired("kill worker", 0);
    expect(faults.notFired()).toEqual(["kill worker"]);
    expect(faults.total()).toBe(1);
  });

  it("a fault that hit nothing is reported apart, and a campaign in which no fault hit anything does not pass", () => {
    const faults = createFaultCounter();
    for (const kind of ["slow vendors", "slow model"]) faults.plan(kind);
    faults.missed("slow vendors");
    faults.fired("slow model");
    faults.missed("slow model");
    expect(faults.counts()).toEqual({ "slow model": 1 });
    expect(faults.notFired()).toEqual([]);
    expect(faults.missedKinds()).toEqual(["slow vendors", "slow model"]);
    const unhit = createFaultCounter();
    unhit.plan("slow vendors");
    unhit.missed("slow vendors");
    expect(unhit.notFired()).toEqual(["any fault"]);
  });

  it("a count that is not a number counts as no fault", () => {
    const faults = createFaultCounter();
    faults.fired("log lines", NaN);
    expect(faults.notFired()).toEqual(["log lines"]);
  });
});

describe("reply times", () => {
  it("the figures of reply times miss their target when there are no replies", () => {
    expect(timeFigures("reply", []).map(({ ok, n }) => [ok, n])).toEqual([
      [false, 0],
      [false, 0],
    ]);
    expect(timeFigures("reply", [1, 2, 3]).map(({ ok, value }) => [ok, value])).toEqual([
      [true, 2],
      [true, 2],
    ]);
  });

  it("the reply time figures include the number of unknown sends", () => {
    const part = { turnId: "t", firstAttemptAt: 1 };
    const parts = [newReplyPart({ ...part, id: "a", state: "unknown" }), newReplyPart({ ...part, id: "b" })];
    const ledger: Ledger = { ...emptyLedger(), replyParts: parts };
    const left = replyTimeFigures(ledger).find(({ figure }) => figure === "sends_left_unknown");
    expect(left).toMatchObject({ value: 1, n: 2 });
  });
});
