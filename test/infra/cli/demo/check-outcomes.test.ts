import { describe, expect, it } from "vitest";
import { checkOutcomes, type RunEvidence } from "../../../../infra/cli/demo/check-outcomes.ts";
import { buildOffered, buildOutcomeRow, buildReceived } from "./outcome-samples.ts";

function check(evidence: Partial<RunEvidence>) {
  const parts = new Map([["turn-1", 1]]);
  const run = checkOutcomes({ offered: [], rows: [], received: [], parts, sources: new Map(), ...evidence });
  return { ...run, outcomes: run.messages.map(({ outcome, reason }) => [outcome, reason]) };
}

describe("what became of a message", () => {
  it("is answered when all parts of its turn have arrived at the receiver", () => {
    const run = check({
      offered: [buildOffered({ id: "a" })],
      rows: [buildOutcomeRow({ providerMessageId: "a" })],
      parts: new Map([["turn-1", 2]]),
      received: [buildReceived({ text: "one" }), buildReceived({ text: "two", at: 1_700 })],
    });
    expect(run.messages[0]).toMatchObject({ outcome: "answered", answer: "one two", latencyMs: 700 });
    expect([run.doubled, run.badSignatures]).toEqual([0, 0]);
  });

  it("is lost when a part of the answer, or the answer, has arrived nowhere", () => {
    const one = { offered: [buildOffered({ id: "a" })], rows: [buildOutcomeRow({ providerMessageId: "a" })] };
    const lost = [["lost", "not at the receiving end"]];
    expect(check(one).outcomes).toEqual(lost);
    expect(check({ ...one, parts: new Map([["turn-1", 2]]), received: [buildReceived()] }).outcomes).toEqual(
      lost,
    );
  });

  it("is reported with its reason when no reply was due, and as lost when it was not stored", () => {
    const run = check({
      offered: [buildOffered({ id: "a" }), buildOffered({ id: "b" }), buildOffered({ id: "c", status: 422 })],
      rows: [
        buildOutcomeRow({ providerMessageId: "a", state: "suppressed", reason: "opted_out", turnId: null }),
      ],
    });
    expect(run.outcomes).toEqual([
      ["suppressed", "opted_out"],
      ["lost", "not_stored"],
      ["refused", "http_422"],
    ]);
  });

  it("is joined when one answer is for a message before it too", () => {
    const run = check({
      offered: [buildOffered({ id: "a" }), buildOffered({ id: "b" })],
      rows: [
        buildOutcomeRow({ providerMessageId: "a" }),
        buildOutcomeRow({ providerMessageId: "b", seq: 2 }),
      ],
      received: [buildReceived()],
    });
    expect(run.messages.map(({ outcome, costUsd }) => [outcome, costUsd])).toEqual([
      ["answered", 0.002],
      ["joined", 0],
    ]);
    expect(run.doubled).toBe(0);
  });

  it("distinguishes the parts of two long answers to one contact", () => {
    const run = check({
      offered: [buildOffered({ id: "a" }), buildOffered({ id: "b" })],
      rows: [
        buildOutcomeRow({ providerMessageId: "a" }),
        buildOutcomeRow({ providerMessageId: "b", seq: 2, turnId: "turn-2" }),
      ],
      parts: new Map([
        ["turn-1", 2],
        ["turn-2", 1],
      ]),
      received: ["one", "two", "three"].map((text) => buildReceived({ text })),
    });
    expect(run.messages.map(({ answer }) => answer)).toEqual(["one two", "three"]);
  });
});

describe("what must not be there", () => {
  it("is a second answer, whatever channel it comes on", () => {
    const one = { offered: [buildOffered({ id: "a" })], rows: [buildOutcomeRow({ providerMessageId: "a" })] };
    expect(check({ ...one, received: [buildReceived(), buildReceived()] }).doubled).toBe(1);
    const elsewhere = buildReceived({ channel: "messenger" });
    expect(check({ ...one, received: [buildReceived(), elsewhere] }).doubled).toBe(1);
  });

  it("is an answer to a contact with the same name on another channel", () => {
    const run = check({
      offered: [buildOffered({ id: "a" })],
      rows: [buildOutcomeRow({ providerMessageId: "a" })],
      received: [buildReceived({ channel: "messenger" })],
    });
    expect(run.outcomes).toEqual([["lost", "not at the receiving end"]]);
    expect(run.doubled).toBe(1);
  });

  it("is a wrong signature", () => {
    expect(check({ received: [buildReceived({ signatureOk: false })] }).badSignatures).toBe(1);
  });
});
