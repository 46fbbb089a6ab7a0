import { expect, it } from "vitest";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { cellsOf } from "./cells.ts";
import { crashMatrix } from "./crash-matrix.ts";
import { contactsOf, type Round } from "./run-round.ts";
import type { ProbeChannel, Victim } from "./points.ts";

interface CellFacts {
  point?: Failpoint;
  victim?: Victim;
  channel?: ProbeChannel;
  /** What the channel took. */
  sends?: number;
  inboxState?: "answered" | "in_turn";
  partState?: "accepted" | "unknown";
  firstStatus?: number;
}

/** One round with one person, as the four logs would tell of it. */
function lookAtCell({
  point = "after_vendor_acceptance",
  victim = "own",
  channel = "webhook",
  sends = 1,
  inboxState = "answered",
  partState = "accepted",
  firstStatus = 202,
}: CellFacts) {
  const round: Round = { points: [point], victim, channels: [channel], number: 3 };
  const [contact] = contactsOf(round);
  const from = contact?.from ?? "";
  const ledger = {
    offered: [{ channel, from, providerMessageId: "m", tries: [{ status: firstStatus }], acknowledgedAt: 1 }],
    inbox: [{ channel, providerMessageId: "m", state: inboxState, turnId: "t" }],
    parts: [{ turnId: "t", state: partState }],
    sends: Array.from({ length: sends }, () => ({ channel, to: from })),
  } as unknown as Ledger;
  return cellsOf([round], ledger, 1);
}

const problemsOfCell = (facts: CellFacts) => lookAtCell(facts).flatMap((cell) => cell.problems);

it("finds nothing wrong where each message was answered once", () => {
  expect(problemsOfCell({})).toEqual([]);
});

it("counts a second answer, a missing one and a message without an end", () => {
  expect(problemsOfCell({ sends: 2 })).toEqual(["2 seen for 1 written"]);
  expect(problemsOfCell({ sends: 0 })).toContain("0 seen for 1 written");
  expect(problemsOfCell({ inboxState: "in_turn" })).toEqual(["1 messages lost"]);
});

it("allows no answer only where the channel's policy says so, and only where an operator sees it", () => {
  const before = { point: "after_gate_commit", channel: "telegram", sends: 0 } as const;
  expect(problemsOfCell({ ...before, partState: "unknown" })).toEqual([]);
  expect(problemsOfCell(before)).toEqual(["nobody is told of the message that was not seen"]);
  expect(problemsOfCell({ ...before, sends: 1 })).toEqual(["1 seen for 1 written"]);
  expect(problemsOfCell({ ...before, partState: "unknown", channel: "webhook" })).toEqual([
    "0 seen for 1 written",
  ]);
});

it("says where a point was not where its word says: the process died on the other side of its answer", () => {
  expect(problemsOfCell({ point: "after_acknowledgement", firstStatus: 0 })).toEqual([
    "the first post was answered 0",
  ]);
  expect(problemsOfCell({ point: "after_message_commit", firstStatus: 202 })).toEqual([
    "the first post was answered 202",
  ]);
  expect(problemsOfCell({ point: "after_message_commit", firstStatus: 0 })).toEqual([]);
});

it("writes into the page what was seen, least to most, and what was not run", () => {
  const cells = [...lookAtCell({}), ...lookAtCell({ sends: 2 })];
  const line = crashMatrix(cells, "abc1234")
    .split("\n")
    .find((text) => text.startsWith("| after_vendor_acceptance | worker | 1-2 |"));
  expect(line).toBe(
    "| after_vendor_acceptance | worker | 1-2 | not run | not run | 0 | Somebody is answered twice. |",
  );
});
