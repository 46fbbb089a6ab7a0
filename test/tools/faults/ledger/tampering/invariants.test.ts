import { describe, expect, it } from "vitest";
import type { Invariant } from "../../campaign.ts";
import { checkInvariants, INVARIANTS } from "../check-invariants.ts";
import type { MutableLedger } from "./build-ledger.ts";
import { cleanLedger } from "./clean-ledger.ts";
import type { Ledger } from "../ledger.ts";
import {
  findCall,
  findDeed,
  findOffer,
  findPart,
  findRow,
  findSend,
  findTurn,
  removeItem,
} from "./tamper.ts";
import { EVENT_VIOLATIONS } from "./event-violations.ts";
import { MESSAGE_VIOLATIONS } from "./message-violations.ts";
import { RUN_VIOLATIONS } from "./run-violations.ts";
import { SILENCE_VIOLATIONS } from "./silence-violations.ts";
import type { Violation } from "./violation.ts";

describe("a clean ledger", () => {
  it("a clean ledger passes every check, and every check has examined rows", () => {
    const verdicts = Object.entries(checkInvariants(cleanLedger()));
    expect(verdicts.flatMap(([, { violations }]) => violations)).toEqual([]);
    expect(verdicts.filter(([, { ok }]) => !ok)).toEqual([]);
    expect(verdicts.filter(([, { checked }]) => checked < 20).map(([name]) => name)).toEqual([]);
  });

  it("a message is durable when its workflow starts before the acknowledgement and its row comes later", () => {
    const ledger = cleanLedger();
    findRow(ledger).committedAt = 500_000;
    ledger.firstStarts = new Map([["w-ada-1", findOffer(ledger).acknowledgedAt ?? 0]]);
    expect(checkInvariants(ledger).I5).toMatchObject({ ok: true, checked: 25 });
  });

  it("a part may stay unknown after a lost response on a channel without a status query", () => {
    for (const hasArrived of [true, false]) {
      const ledger = cleanLedger();
      Object.assign(findPart(ledger, "bob-1"), { state: "unknown", providerId: null });
      ledger.ambiguousTimes = [{ from: 0, until: ledger.healedAt, responses: 1 }];
      findRow(ledger, "bob-1").reason = "unknown:response_lost";
      if (!hasArrived) removeItem(ledger.sends, findSend(ledger, "bob-1"));
      expect(Object.values(checkInvariants(ledger)).flatMap(({ violations }) => violations)).toEqual([]);
    }
  });

  it("a part may stay unknown if a fault was active during its last attempt", () => {
    const ledger = cleanLedger();
    const part = findPart(ledger, "bob-1");
    findRow(ledger, "bob-1").reason = "unknown:response_lost";
    const firstAttemptAt = part.firstAttemptAt ?? 0;
    const lastAttemptAt = firstAttemptAt + 40_000;
    Object.assign(part, { state: "unknown", providerId: null, attempt: 4, lastAttemptAt });
    const during = (at: number) => [{ from: at - 1_000, until: at + 1_000 }];
    expect(checkInvariants({ ...ledger, ambiguousTimes: during(lastAttemptAt) }).I1.violations).toEqual([]);
    expect(checkInvariants({ ...ledger, ambiguousTimes: during(firstAttemptAt) }).I1.ok).toBe(false);
  });

  it("a limited fault explains as many unknown parts as it lost responses", () => {
    const ledger = cleanLedger();
    for (const id of ["bob-0", "bob-1"]) {
      Object.assign(findPart(ledger, id), { state: "unknown", providerId: null });
      findRow(ledger, id).reason = "unknown:response_lost";
    }
    const [first, second] = [findPart(ledger, "bob-0"), findPart(ledger, "bob-1")].map(
      ({ lastAttemptAt }) => lastAttemptAt ?? 0,
    );
    const early = { from: first ?? 0, until: (first ?? 0) + 1, responses: 1 };
    const late = { from: 0, until: (second ?? 0) + 1, responses: 1 };
    expect(checkInvariants({ ...ledger, ambiguousTimes: [late, early] }).I1.violations).toEqual([]);
    expect(checkInvariants({ ...ledger, ambiguousTimes: [late] }).I1.violations).toEqual([
      "part p-bob-1 is unknown, although no fault could lose its response",
    ]);
  });

  it("a send that left before the acknowledgement may arrive after it", () => {
    const ledger = cleanLedger();
    const send = findSend(ledger, "one-0-0");
    send.at += 5_000;
    expect(checkInvariants(ledger).I10).toMatchObject({ ok: true, checked: 20 });
    ledger.departures = ledger.departures.filter(({ port }) => port !== send.peerPort);
    expect(checkInvariants({ ...ledger }).I10).toMatchObject({ ok: false });
  });

  it("the confirmation of an opt-out, a text of an agent and an answer after START may be sent after a STOP", () => {
    for (const allow of [
      (ledger: MutableLedger) => void (findTurn(ledger, "one-0-0").notice = "opted_out"),
      (ledger: MutableLedger) => void (findTurn(ledger, "one-0-0").plan = "agent"),
      (ledger: MutableLedger) => {
        const stop = findDeed(ledger, "one-0");
        ledger.deeds.push({ ...stop, does: "start", beganAt: (stop.acknowledgedAt ?? 0) + 100 });
      },
    ]) {
      const ledger = cleanLedger();
      ledger.departures = [];
      findSend(ledger, "one-0-0").at += 300;
      allow(ledger);
      expect(checkInvariants(ledger).I10.violations).toEqual([]);
    }
  });

  it("a turn that was answered with the full context may have called a lower tier before", () => {
    const ledger = cleanLedger();
    const call = findCall(ledger, "ada-2");
    ledger.modelCalls.unshift({ ...call, at: call.at - 1, markers: call.markers.slice(-1) });
    expect(checkInvariants(ledger).I4.violations).toEqual([]);
    removeItem(ledger.modelCalls, call);
    expect(checkInvariants({ ...ledger }).I4).toMatchObject({ ok: false });
  });

  it("a stall of which another program or a suspension is the cause does not count", () => {
    const ledger = cleanLedger();
    ledger.stalls.push({ process: "worker", at: 2_000, durationMs: 9_000, cpuMs: 100, steps: ["deliver"] });
    ledger.stalls.push({ process: "worker", at: 3_000, durationMs: 390, cpuMs: 112, steps: ["admit"] });
    expect(checkInvariants(ledger).I11).toMatchObject({ ok: true });
  });

  it("replies without the model are expected only while a fault hits the model", () => {
    const ledger = cleanLedger();
    for (const turn of ledger.turns) turn.tier = "fixed_text";
    const outage = {
      name: "slow_model",
      target: "model",

      from: 0,
      until: 1_000_000,
    };
    expect(checkInvariants({ ...ledger, faultTimes: [outage] }).I9.violations).toEqual([]);
    const early = { ...outage, until: 1 };
    const others = ["postgres", "vendors"].map((target) => [{ ...outage, target }]);
    for (const faultTimes of [[early], ...others])
      expect(checkInvariants({ ...ledger, faultTimes }).I9).toMatchObject({ ok: false });
  });

  it("a message may stay without an answer if the log of the loader explains it", () => {
    const ledger = cleanLedger();
    Object.assign(findRow(ledger, "one-0-0"), { state: "suppressed", reason: "opted_out" });
    expect(checkInvariants(ledger)).toMatchObject({ I1: { ok: true }, I9: { ok: true } });
    ledger.deeds = [];
    expect(checkInvariants({ ...ledger }).I1).toMatchObject({ ok: false });
  });

  it("a message may stay without an answer if it was sent before the end of the silence was in effect", () => {
    for (const [acknowledgedAt, committedAt] of [
      [100, -100],
      [-100, 100],
    ] as const) {
      const ledger = cleanLedger();
      const sentAt = findOffer(ledger).attempts[0]?.at ?? 0;
      Object.assign(findRow(ledger), { state: "suppressed", reason: "opted_out" });
      const deed = { channel: "webhook", addresses: ["ada"], providerMessageId: "ada-0" };
      ledger.deeds.push(
        { ...deed, does: "stop", beganAt: sentAt - 900, acknowledgedAt: sentAt - 800 },
        { ...deed, does: "start", beganAt: sentAt - 200, acknowledgedAt: sentAt + acknowledgedAt },
      );
      findRow(ledger, "ada-0").committedAt = sentAt + committedAt;
      expect(checkInvariants(ledger).I1).toMatchObject({ ok: true });
    }
  });

  it("an opt-out by one address explains the silence to another address of the contact", () => {
    const ledger = cleanLedger();
    Object.assign(findRow(ledger, "one-1-0"), { state: "suppressed", reason: "opted_out" });
    expect(checkInvariants(ledger).I1).toMatchObject({ ok: false });
    findOffer(ledger, "one-0-0").shape = { kind: "whatsapp_ids", phone: "one-0", userId: "one-1" };
    expect(checkInvariants({ ...ledger }).I1).toMatchObject({ ok: true });
  });

  it("a dead letter with an expected reason passes, and one with another reason does not", () => {
    const ledger = { ...cleanLedger(), expectedDeadLetterReasons: ["poison:reply_lost"] } satisfies Ledger;
    Object.assign(findRow(ledger), { state: "failed", reason: "poison:reply_lost" });
    expect(checkInvariants(ledger).I8).toMatchObject({ ok: true });
    Object.assign(findRow(ledger), { state: "failed", reason: "poison:broken" });
    expect(checkInvariants({ ...ledger }).I8).toMatchObject({ ok: false });
  });
});

const VIOLATIONS: Readonly<Record<Invariant, readonly Violation[]>> = {
  ...MESSAGE_VIOLATIONS,
  ...RUN_VIOLATIONS,
  ...SILENCE_VIOLATIONS,
  ...EVENT_VIOLATIONS,
};

for (const [name, violations] of Object.entries(VIOLATIONS) as [Invariant, readonly Violation[]][])
  describe(`invariant ${name}`, () => {
    for (const { reports, tamper, expected } of violations)
      it(`the check "${INVARIANTS[name].title}" reports ${reports}`, () => {
        const ledger = cleanLedger();
        tamper(ledger);
        const verdict = checkInvariants(ledger)[name];
        expect(verdict.ok).toBe(false);
        expect(verdict.violations.join("\n")).toMatch(expected);
      });
  });
