import { expect, it } from "vitest";
import type { InboxRow, Ledger, PartRow } from "../../ledger/ledger.ts";
import { noDoubleReply, noLoss } from "../../ledger/invariants.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import type { FiredFault } from "../../proxy/toxic.ts";
import { ambiguousSends } from "./ambiguous-sends.ts";
import { compareRuns } from "./compare-runs.ts";
import type { Edge } from "./open-edges.ts";

interface ContactFacts {
  from: string;
  state?: InboxRow["state"];
  part?: Partial<PartRow>;
  /** When the vendor took a send to them, ms. */
  sentAt: number[];
}

/** A ledger of people who wrote once each, on Telegram. */
function ledgerOf(contacts: readonly ContactFacts[]): Ledger {
  const offered = contacts.map(({ from }) => buildOffered(from));
  const turn = (from: string) => ({ id: `t-${from}`, conversationId: `c-${from}` });
  return {
    offered,
    modelCalls: [],
    sends: contacts.flatMap(({ from, sentAt }) =>
      sentAt.map((at, i) => ({
        channel: "telegram" as const,
        to: from,
        text: "Yes.",
        id: `v-${from}-${i}`,
        at,
        signatureOk: true,
        inReplyTo: [],
      })),
    ),
    inbox: contacts.map(({ from, state = "answered" }) => ({
      channel: "telegram",
      providerMessageId: `m-${from}`,
      workflowId: `w-${from}`,
      conversationId: `c-${from}`,
      seq: 1,
      state,
      reason: "a reason",
      turnId: `t-${from}`,
      committedAt: 1,
    })),
    turns: contacts.map(({ from }) => ({
      ...turn(from),
      state: "closed",
      outcome: "answered",
      plan: "answer",
      tier: "full_context",
      replyCommittedAt: 2,
    })),
    replyParts: contacts.map(({ from, part }) => ({
      id: `p-${from}`,
      turnId: `t-${from}`,
      part: 0,
      state: "unknown",
      attempt: 1,
      providerId: null,
      code: "response_lost",
      firstAttemptAt: 10,
      ...part,
    })),
    conversations: [],
    running: [],
    firstStarts: new Map(),
    healedAt: 100,
    settleWithinMs: 60_000,
    idleAt: 100,
  };
}

function buildOffered(from: string): OfferedMessage {
  return {
    channel: "telegram",
    from,
    text: "?",
    marker: `q${from}q`,
    atMs: 0,
    copies: 1,
    providerMessageId: `m-${from}`,
    attempts: [],
    acknowledgedAt: 5,
    forged: false,
  };
}

/** A Telegram edge on which so many sends lost their answers, and one sign of typing. */
function edgeOf(sends: number): Edge {
  const fault = (label: string): FiredFault => ({
    kind: "lose_response",
    at: 1,
    label,
    request: Buffer.from(""),
    connectionLeft: "cut",
  });
  const lost = [
    ...Array.from({ length: sends }, () => fault("POST /bot1/sendMessage")),
    fault("POST /bot1/sendChatAction"),
  ];
  return { from: "worker", to: "telegram", proxy: { lostResponses: lost } as unknown as Edge["proxy"] };
}

const valueOf = (figures: ReturnType<typeof ambiguousSends>, name: string) => {
  const found = figures.find(({ figure }) => figure === name);
  return found === undefined ? null : { value: found.value, n: found.n, ok: found.ok };
};

it("a send whose answer was lost is its part's, though nobody here knows the id that the vendor gave it", () => {
  const ledger = ledgerOf([{ from: "1", sentAt: [12] }]);
  expect(noDoubleReply(ledger).violations).toEqual([]);
  expect(noLoss(ledger).violations).toEqual([]);
  expect(valueOf(ambiguousSends(ledger, [edgeOf(1)]), "telegram_ambiguous_sends_left_open")).toEqual({
    value: 1,
    n: 1,
    ok: true,
  });
});

it("a send that came before any part of that person was begun belongs to none", () => {
  const ledger = ledgerOf([{ from: "1", sentAt: [4] }]);
  expect(noDoubleReply(ledger).violations).toHaveLength(1);
});

it("a person who got the same part twice is seen, and one who got none", () => {
  const figures = ambiguousSends(
    ledgerOf([
      { from: "1", sentAt: [12, 30] },
      { from: "2", sentAt: [] },
    ]),
    [edgeOf(2)],
  );
  expect(valueOf(figures, "telegram_ambiguous_sends_seen_twice")).toEqual({ value: 1, n: 2, ok: false });
  expect(valueOf(figures, "telegram_ambiguous_sends_never_seen")).toEqual({ value: 1, n: 2, ok: false });
  expect(valueOf(figures, "answered_twice_per_1000_ambiguous_sends_without_key")).toEqual({
    value: 500,
    n: 2,
    ok: false,
  });
});

it("an unknown part that no lost send explains is one too many", () => {
  const ledger = ledgerOf([
    { from: "1", sentAt: [12] },
    { from: "2", sentAt: [12] },
  ]);
  expect(valueOf(ambiguousSends(ledger, [edgeOf(1)]), "telegram_ambiguous_sends_left_open")).toEqual({
    value: 2,
    n: 1,
    ok: false,
  });
});

it.each([
  { what: "answers", other: { sentAt: [12, 30] } },
  { what: "no answer", other: { sentAt: [] } },
  { what: "another end", other: { sentAt: [12], state: "failed" as const } },
])("a person with $what differs from their double in the clean run", ({ other }) => {
  const ledger = ledgerOf([
    { from: "1", sentAt: [12] },
    { from: "2", ...other },
  ]);
  const differing = compareRuns(ledger, { clean: [buildOffered("1")], lossy: [buildOffered("2")] })[0];
  expect(differing).toMatchObject({ value: 1, n: 1, ok: false });
  expect(compareRuns(ledger, { clean: [buildOffered("1")], lossy: [buildOffered("1")] })[0]).toMatchObject({
    value: 0,
    ok: true,
  });
});
