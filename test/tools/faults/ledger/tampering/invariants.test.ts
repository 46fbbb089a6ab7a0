import { describe, expect, it } from "vitest";
import type { Invariant } from "../../campaign.ts";
import { checkInvariants, INVARIANTS } from "../check-invariants.ts";
import { cleanLedger } from "./clean-ledger.ts";
import type { Ledger } from "../ledger.ts";
import { findOffer, findPart, findRow, findSend, removeItem } from "./tamper.ts";
import { MESSAGE_VIOLATIONS } from "./message-violations.ts";
import { RUN_VIOLATIONS } from "./run-violations.ts";
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
      findRow(ledger, "bob-1").reason = "unknown:response_lost";
      if (!hasArrived) removeItem(ledger.sends, findSend(ledger, "bob-1"));
      expect(Object.values(checkInvariants(ledger)).flatMap(({ violations }) => violations)).toEqual([]);
    }
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
