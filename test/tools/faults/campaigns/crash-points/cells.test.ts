import { expect, it } from "vitest";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import { emptyLedger, newReplyPart, offeredMessage } from "../../ledger/tampering/build-ledger.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { cellsOf } from "./cells.ts";
import { crashMatrix } from "./crash-matrix.ts";
import { contactsOf, type Round } from "./run-round.ts";
import type { Supersede } from "../../environment/supersede.ts";
import type { ProbeChannel, Victim } from "./points.ts";
import type { Shape } from "../../shape.ts";

interface CellFacts {
  point?: Failpoint;
  victim?: Victim;
  channel?: ProbeChannel;
  /** The sends that the channel accepted. */
  sends?: number;
  inboxState?: "answered" | "in_turn";
  partState?: "accepted" | "unknown";
  firstStatus?: number;
  supersede?: Supersede;
  messages?: number;
  shape?: Shape;
}

/** The cells of one round with one contact. */
function buildCells({
  point = "after_vendor_acceptance",
  victim = "own",
  channel = "webhook",
  sends = 1,
  inboxState = "answered",
  partState = "accepted",
  firstStatus = 202,
  supersede = "answer_then_continue",
  messages = 1,
  shape = "shipped",
}: CellFacts) {
  const round: Round = { points: [point], victim, channels: [channel], shape, number: 3 };
  const [contact] = contactsOf(round);
  const from = contact?.from ?? "";
  const message = offeredMessage({ channel, from, marker: "", providerMessageId: "m", at: 1 });
  const ids = { providerMessageId: "m", workflowId: "w", conversationId: "c" };
  const send = { channel, to: from, text: "", id: "v", at: 3, signatureOk: true, inReplyTo: [] };
  const ledger: Ledger = {
    ...emptyLedger(),
    offered: Array.from({ length: messages }, () => ({
      ...message,
      attempts: [{ at: 1, endedAt: 2, status: firstStatus }],
    })),
    inbox: [{ ...ids, channel, seq: 1, state: inboxState, reason: null, turnId: "t", committedAt: 1 }],
    replyParts: [newReplyPart({ id: "p", turnId: "t", firstAttemptAt: 2, state: partState })],
    sends: Array.from({ length: sends }, () => send),
  };
  return cellsOf([round], ledger, { seed: 1, supersede });
}

const problemsOfCell = (facts: CellFacts) => buildCells(facts).flatMap((cell) => cell.problems);

it("a cell in which each message was answered once has no problem", () => {
  expect(problemsOfCell({})).toEqual([]);
});

it("a cell reports a second reply, a missing reply and a message without an outcome", () => {
  expect(problemsOfCell({ sends: 2 })).toEqual(["2 replies to 1 messages"]);
  expect(problemsOfCell({ sends: 0 })).toContain("0 replies to 1 messages");
  expect(problemsOfCell({ inboxState: "in_turn" })).toEqual(["1 messages lost"]);
});

it("one reply to two messages of one turn is complete only if newer messages take older ones into their turn", () => {
  expect(problemsOfCell({ messages: 2, supersede: "regenerate" })).toEqual([]);
  expect(problemsOfCell({ messages: 2 })).toContain("1 replies to 2 messages");
});

it("a missing reply is allowed only by the policy of the channel, and only when an operator sees it", () => {
  const before = { point: "after_gate_commit", channel: "telegram", sends: 0 } as const;
  expect(problemsOfCell({ ...before, partState: "unknown" })).toEqual([]);
  expect(problemsOfCell(before)).toEqual(["no operator sees the missing reply"]);
  expect(problemsOfCell({ ...before, sends: 1 })).toEqual(["1 replies to 1 messages"]);
  expect(problemsOfCell({ ...before, partState: "unknown", channel: "webhook" })).toEqual([
    "0 replies to 1 messages",
  ]);
});

it("a cell reports a process that died on the wrong side of its response", () => {
  expect(problemsOfCell({ point: "after_acknowledgement", firstStatus: 0 })).toEqual([
    "the response to the first post was 0",
  ]);
  expect(problemsOfCell({ point: "after_message_commit", firstStatus: 202 })).toEqual([
    "the response to the first post was 202",
  ]);
  expect(problemsOfCell({ point: "after_message_commit", firstStatus: 0 })).toEqual([]);
});

it("the page shows the minimum and maximum of replies, and cells that were not run", () => {
  const cells = [...buildCells({}), ...buildCells({ sends: 2 })];
  const line = crashMatrix(cells, "abc1234")
    .split("\n")
    .find((text) => text.startsWith("| after_vendor_acceptance | worker | 1-2 |"));
  expect(line).toBe(
    "| after_vendor_acceptance | worker | 1-2 | not run | not run | 0 | A contact gets two replies. |",
  );
});
