import { expect, it } from "vitest";
import { emptyLedger, newReplyPart } from "../../ledger/tampering/build-ledger.ts";
import type { InboxRow, Ledger, PartRow } from "../../ledger/ledger.ts";
import { noDoubleReply, noLoss } from "../../ledger/invariants.ts";
import type { OfferedMessage } from "../../load/loader.ts";
import type { FiredFault } from "../../proxy/toxic.ts";
import { ambiguousSends, type LossyEdge } from "./ambiguous-sends.ts";
import { compareRuns } from "./compare-runs.ts";

interface ContactFacts {
  from: string;
  state?: InboxRow["state"];
  part?: Partial<PartRow>;
  /** When the vendor accepted a send to the contact, ms. */
  sentAt: number[];
}

/** A ledger of contacts who each wrote one message on Telegram. */
function ledgerOf(contacts: readonly ContactFacts[]): Ledger {
  const offered = contacts.map(({ from }) => buildOffered(from));
  const turn = (from: string) => ({ id: `t-${from}`, conversationId: `c-${from}` });
  return {
    ...emptyLedger(),
    ambiguousTimes: [{ from: 0, until: 100 }],
    offered,
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
      openedAt: 1,
      state: "closed",
      outcome: "answered",
      plan: "answer",
      notice: null,
      tier: "full_context",
      reroutedFrom: null,
      replyCommittedAt: 2,
    })),
    replyParts: contacts.map(({ from, part }) => {
      const lost = { state: "unknown", code: "response_lost", firstAttemptAt: 10 };
      return newReplyPart({ id: `p-${from}`, turnId: `t-${from}`, ...lost, ...part });
    }),
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

/** A Telegram edge on which this number of sends and one typing indicator lost their responses. */
function edgeOf(sends: number): LossyEdge {
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
  return { to: "telegram", proxy: { lostResponses: lost } };
}

const valueOf = (figures: ReturnType<typeof ambiguousSends>, name: string) => {
  const found = figures.find(({ figure }) => figure === name);
  return found === undefined ? null : { value: found.value, n: found.n, ok: found.ok };
};

it("a send with a lost response belongs to the last started part of the contact, because the id of the vendor is unknown", () => {
  const ledger = ledgerOf([{ from: "1", sentAt: [12] }]);
  expect(noDoubleReply(ledger).violations).toEqual([]);
  expect(noLoss(ledger).violations).toEqual([]);
  expect(valueOf(ambiguousSends(ledger, [edgeOf(1)]), "telegram_ambiguous_sends_left_open")).toEqual({
    value: 1,
    n: 1,
    ok: true,
  });
});

it("a send before the first attempt of every part of the contact belongs to no part", () => {
  const ledger = ledgerOf([{ from: "1", sentAt: [4] }]);
  expect(noDoubleReply(ledger).violations).toHaveLength(1);
});

it("the figures count contacts who got a part twice and contacts who got none", () => {
  const figures = ambiguousSends(
    ledgerOf([
      { from: "1", sentAt: [12, 30] },
      { from: "2", sentAt: [] },
    ]),
    [edgeOf(2)],
  );
  expect(valueOf(figures, "telegram_ambiguous_sends_seen_twice")).toEqual({ value: 1, n: 2, ok: false });
  expect(valueOf(figures, "telegram_ambiguous_sends_never_seen")).toEqual({ value: 1, n: 2, ok: false });
  expect(valueOf(figures, "duplicates_per_1000_ambiguous_sends_without_key")).toEqual({
    value: 500,
    n: 2,
    ok: false,
  });
});

it("an unknown part without a lost response misses the figure", () => {
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
  { outcome: "two replies", other: { sentAt: [12, 30] } },
  { outcome: "no reply", other: { sentAt: [] } },
  { outcome: "another inbox state", other: { sentAt: [12], state: "failed" as const } },
])("a contact with $outcome differs from the same contact of the clean run", ({ other }) => {
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
