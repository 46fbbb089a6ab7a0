import { describe, expect, it } from "vitest";
import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { Invariant } from "../campaign.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { markerOf } from "../load/marker.ts";
import { checkInvariants } from "./check-invariants.ts";
import type { InboxRow, Ledger, ModelCall, PartRow, TurnRow } from "./ledger.ts";

type Channel = "webhook" | "telegram";
type TamperedLedger = { [K in keyof Ledger]: Ledger[K] extends readonly (infer Item)[] ? Item[] : Ledger[K] };

const PEOPLE: readonly { name: string; channel: Channel; messages: number }[] = [
  { name: "ada", channel: "webhook", messages: 3 },
  { name: "bob", channel: "telegram", messages: 2 },
  ...Array.from({ length: 20 }, (_, i) => ({ name: `one-${i}`, channel: "webhook" as const, messages: 1 })),
];

/** Everybody was answered once, in order; one post was forged and refused. */
function cleanLedger(): TamperedLedger {
  const ledger: TamperedLedger = {
    offered: [],
    modelCalls: [],
    sends: [],
    inbox: [],
    turns: [],
    replyParts: [],
    conversations: [],
    running: [],
    firstStarts: new Map(),
    healedAt: 900_000,
    settleWithinMs: 60_000,
    idleAt: 910_000,
  };
  let number = 0;
  for (const { name, channel, messages } of PEOPLE) {
    const markers: string[] = [];
    for (let i = 0; i < messages; i++) {
      const [id, at] = [`${name}-${i}`, 10_000 * number + 1_000];
      const marker = markerOf(number++);
      markers.push(marker);
      ledger.offered.push(offeredMessage({ id, from: name, channel, marker, at }));
      ledger.inbox.push({
        channel,
        providerMessageId: id,
        workflowId: `w-${id}`,
        conversationId: `c-${name}`,
        seq: 2 * i + 1,
        state: "answered",
        reason: null,
        turnId: `t-${id}`,
        committedAt: at + 5,
      });
      ledger.modelCalls.push({ at: at + 100, status: 200, markers: [...markers] });
      ledger.turns.push({
        id: `t-${id}`,
        conversationId: `c-${name}`,
        state: "closed",
        outcome: "answered",
        plan: "answer",
        tier: "full_context",
        replyCommittedAt: at + 200,
      });
      ledger.replyParts.push({
        id: `p-${id}`,
        turnId: `t-${id}`,
        part: 0,
        state: "accepted",
        attempt: 1,
        providerId: `v-${id}`,
        code: null,
        firstAttemptAt: at + 300,
      });
      ledger.sends.push(send({ id: `v-${id}`, to: name, channel, at: at + 310, inReplyTo: [id] }));
    }
    ledger.conversations.push({ id: `c-${name}`, lines: 2 * messages, lastSeq: 2 * messages });
  }
  const forged = { id: "forged", from: "mallory", channel: "webhook" as const, marker: markerOf(500) };
  ledger.offered.push({
    ...offeredMessage({ ...forged, at: 5 }),
    forged: true,
    acknowledgedAt: null,
    attempts: [{ at: 5, endedAt: 6, status: 401 }],
  });
  return ledger;
}

interface LedgerRow {
  id: string;
  from: string;
  channel: Channel;
  marker: string;
  at: number;
}

function offeredMessage({ id, from, channel, marker, at }: LedgerRow): OfferedMessage {
  return {
    channel,
    from,
    text: `When are you open? (${marker})`,
    marker,
    atMs: at,
    copies: 1,
    providerMessageId: id,
    attempts: [{ at, endedAt: at + 10, status: 202 }],
    acknowledgedAt: at + 10,
    forged: false,
  };
}

function send({
  inReplyTo,
  ...told
}: Pick<Received, "id" | "to" | "at" | "inReplyTo"> & { channel: Channel }) {
  const said = told.channel === "webhook" ? inReplyTo : [];
  return { ...told, text: `An answer: ${told.id}`, signatureOk: true, inReplyTo: said };
}

/** Ada's second message is the one that most things happen to; Bob is on a channel that takes no key. */
const row = (ledger: TamperedLedger, id = "ada-1") =>
  the(ledger.inbox, (each) => each.providerMessageId === id);
const turn = (ledger: TamperedLedger, id = "ada-1") => the(ledger.turns, (each) => each.id === `t-${id}`);
const part = (ledger: TamperedLedger, id = "ada-1") =>
  the(ledger.replyParts, (each) => each.id === `p-${id}`);
const sent = (ledger: TamperedLedger, id = "ada-1") => the(ledger.sends, (each) => each.id === `v-${id}`);
const offer = (ledger: TamperedLedger, id = "ada-1") =>
  the(ledger.offered, (each) => each.providerMessageId === id);
const call = (ledger: TamperedLedger, id = "ada-1") =>
  the(ledger.modelCalls, ({ markers }) => markers.at(-1) === offer(ledger, id).marker);

function the<T>(items: readonly T[], isIt: (item: T) => boolean): T {
  const found = items.find(isIt);
  if (found === undefined) throw new Error("The clean ledger has no such thing.");
  return found;
}

function without<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

const is = {
  row: (what: Partial<InboxRow>, id?: string) => (ledger: TamperedLedger) =>
    void Object.assign(row(ledger, id), what),
  turn: (what: Partial<TurnRow>) => (ledger: TamperedLedger) => void Object.assign(turn(ledger), what),
  part: (what: Partial<PartRow>, id?: string) => (ledger: TamperedLedger) =>
    void Object.assign(part(ledger, id), what),
};

function callAgain(ledger: TamperedLedger, times: number, what: Partial<ModelCall> = {}): void {
  for (let i = 0; i < times; i++) ledger.modelCalls.push({ ...call(ledger), ...what });
}

interface Violation {
  what: string;
  tamper(ledger: TamperedLedger): void;
  /** What the first sentence about it says. */
  expected: RegExp;
}

const PLANTED: Readonly<Record<Invariant, readonly Violation[]>> = {
  I1: [
    {
      what: "an acknowledged message without a row",
      tamper: (ledger) => without(ledger.inbox, row(ledger)),
      expected: /in no inbox/,
    },
    {
      what: "an acknowledged message with two rows",
      tamper: (ledger) => void ledger.inbox.push({ ...row(ledger), workflowId: "w-other" }),
      expected: /has 2 rows/,
    },
    { what: "a message that waits", tamper: is.row({ state: "pending" }), expected: /still pending/ },
    { what: "a message in a turn", tamper: is.row({ state: "in_turn" }), expected: /still in_turn/ },
    {
      what: "a message suppressed without a reason",
      tamper: is.row({ state: "suppressed" }),
      expected: /suppressed without a reason/,
    },
    {
      what: "a message failed without a reason",
      tamper: is.row({ state: "failed" }),
      expected: /failed without a reason/,
    },
    {
      what: "an answer that belongs to no turn",
      tamper: is.row({ turnId: null }),
      expected: /no part was sent/,
    },
    {
      what: "an answer that was refused",
      tamper: is.part({ state: "refused" }),
      expected: /no part was sent/,
    },
    {
      what: "an answer of which there is no part",
      tamper: (ledger) => without(ledger.replyParts, part(ledger)),
      expected: /no part was sent/,
    },
    {
      what: "an accepted part that did not arrive",
      tamper: (ledger) => without(ledger.sends, sent(ledger)),
      expected: /is accepted and did not arrive/,
    },
    {
      what: "a second part that did not arrive",
      tamper: (ledger) =>
        void ledger.replyParts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" }),
      expected: /p-2 is accepted and did not arrive/,
    },
    {
      what: "an unknown part where the channel takes a key",
      tamper: is.part({ state: "unknown" }),
      expected: /could be known/,
    },
  ],
  I2: [
    {
      what: "a part that arrived twice under its own id",
      tamper: (ledger) => void ledger.sends.push({ ...sent(ledger) }),
      expected: /arrived 2 times/,
    },
    {
      what: "a part that arrived twice under the vendor's ids",
      tamper: (ledger) => void ledger.sends.push({ ...sent(ledger, "bob-1"), id: "v-again" }),
      expected: /arrived 2 times/,
    },
    {
      what: "an unknown part that arrived twice",
      tamper(ledger) {
        Object.assign(part(ledger, "bob-1"), { state: "unknown", providerId: null });
        ledger.sends.push({ ...sent(ledger, "bob-1"), id: "v-again" });
      },
      expected: /arrived 2 times/,
    },
    {
      what: "a send to somebody who never wrote",
      tamper: (ledger) => void ledger.sends.push({ ...sent(ledger), id: "v-stray", to: "eve" }),
      expected: /is no part's/,
    },
    {
      what: "a turn that was sent and has no message",
      tamper(ledger) {
        ledger.turns.push({ ...turn(ledger), id: "t-idle" });
        ledger.replyParts.push({ ...part(ledger), id: "p-idle", turnId: "t-idle", providerId: "v-idle" });
        ledger.sends.push({ ...sent(ledger), id: "v-idle", inReplyTo: [] });
      },
      expected: /answers no message/,
    },
    {
      what: "one answer in two parts",
      tamper(ledger) {
        ledger.replyParts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...sent(ledger), id: "v-2" });
      },
      expected: /said the same in two parts/,
    },
    {
      what: "one message answered by two turns",
      tamper: (ledger) => void (sent(ledger, "ada-2").inReplyTo = ["ada-1", "ada-2"]),
      expected: /ada-1 was answered by 2 turns/,
    },
  ],
  I3: [
    {
      what: "a forged message that was acknowledged",
      tamper: (ledger) => void offer(ledger, "forged").attempts.push({ at: 7, endedAt: 8, status: 202 }),
      expected: /taken though forged/,
    },
    {
      what: "a forged message that was stored",
      tamper: (ledger) => void ledger.inbox.push({ ...row(ledger), providerMessageId: "forged" }),
      expected: /stored though forged/,
    },
    {
      what: "a forged message that the model saw",
      tamper: (ledger) => void call(ledger).markers.unshift(markerOf(500)),
      expected: /came before the model/,
    },
    {
      what: "a row that nobody offered",
      tamper: (ledger) => void ledger.inbox.push({ ...row(ledger), providerMessageId: "invented" }),
      expected: /never offered/,
    },
  ],
  I4: [
    {
      what: "answers that changed places",
      tamper: (ledger) => void (sent(ledger).at = sent(ledger, "ada-2").at + 1),
      expected: /arrived too late/,
    },
    {
      what: "parts of one answer that changed places",
      tamper(ledger) {
        ledger.replyParts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...sent(ledger), id: "v-2", text: "And more.", at: sent(ledger).at - 1 });
      },
      expected: /arrived too late/,
    },
    {
      what: "a prompt that lacks an earlier line",
      tamper: (ledger) => void call(ledger, "ada-2").markers.splice(1, 1),
      expected: /was answered without/,
    },
    {
      what: "a prompt that lacks a line of its own turn",
      tamper(ledger) {
        row(ledger, "ada-2").turnId = "t-ada-1";
        without(ledger.modelCalls, call(ledger, "ada-2"));
      },
      expected: /was answered without/,
    },
  ],
  I5: [
    {
      what: "a row that was committed after the acknowledgement",
      tamper: is.row({ committedAt: 500_000 }),
      expected: /ms before it was durable/,
    },
    {
      what: "a workflow that was started after it too",
      tamper(ledger) {
        row(ledger).committedAt = 500_000;
        ledger.firstStarts = new Map([["w-ada-1", 499_000]]);
      },
      expected: /ms before it was durable/,
    },
    {
      what: "a row of which no transcript knows",
      tamper: is.row({ committedAt: null }),
      expected: /no line of a transcript/,
    },
  ],
  I6: [
    {
      what: "a turn that climbed more than the fallback chain",
      tamper: (ledger) => callAgain(ledger, 4),
      expected: /made 5 calls/,
    },
    {
      what: "a call after the reply stood",
      tamper: (ledger) => callAgain(ledger, 1, { at: (turn(ledger).replyCommittedAt ?? 0) + 3 }),
      expected: /after its reply stood/,
    },
    {
      what: "a call with nobody's words",
      tamper: (ledger) => callAgain(ledger, 1, { markers: [] }),
      expected: /nobody's words/,
    },
    {
      what: "two calls for every turn",
      tamper: (ledger) => void ledger.modelCalls.push(...ledger.modelCalls.map((each) => ({ ...each }))),
      expected: /2\.00 calls a turn/,
    },
  ],
  I7: [
    {
      what: "a gap in a conversation's numbers",
      tamper: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 5 }),
      expected: /has 5 lines and counts to 6/,
    },
    {
      what: "a conversation without any line",
      tamper: (ledger) => void ledger.conversations.shift(),
      expected: /has no such line/,
    },
    {
      what: "a last line that was deleted",
      tamper: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 4, lastSeq: 4 }),
      expected: /ada-2 is line 5/,
    },
  ],
  I8: [
    {
      what: "rest that came too late",
      tamper: (l) => void (l.idleAt = 970_000),
      expected: /not at rest 60 s/,
    },
    { what: "rest that never came", tamper: (l) => void (l.idleAt = null), expected: /not at rest 60 s/ },
    {
      what: "a time of rest that is no number",
      tamper: (l) => void (l.idleAt = NaN),
      expected: /not at rest/,
    },
    {
      what: "a workflow that is left",
      tamper: (ledger) => void ledger.running.push({ workflowId: "w-ada-1", taskAttempts: 7 }),
      expected: /w-ada-1 still runs \(task attempt 7\)/,
    },
    { what: "a part that waits", tamper: is.part({ state: "intended" }), expected: /is still intended/ },
    { what: "a part on its way", tamper: is.part({ state: "sending" }), expected: /is still sending/ },
    {
      what: "sends that were put off, as a rule",
      tamper: ({ sends }) => sends.slice(0, 7).forEach((each) => void (each.at = 911_000)),
      expected: /7 sends were put off/,
    },
    {
      what: "a dead letter that was no poison",
      tamper: is.row({ state: "failed", reason: "poison:broken" }),
      expected: /dead letter: failed, poison:broken/,
    },
    {
      what: "an answer of which a part is a dead letter",
      tamper: is.row({ reason: "refused:permanent:400" }),
      expected: /dead letter: answered, refused/,
    },
  ],
  I9: [
    {
      what: "a load of nothing",
      tamper: (ledger) => void (ledger.offered = []),
      expected: /0 of 0 messages/,
    },
    {
      what: "a load of forged messages alone",
      tamper: (ledger) => void (ledger.offered = ledger.offered.filter(({ forged }) => forged)),
      expected: /0 of 0 messages/,
    },
    {
      what: "more than a twentieth not taken",
      tamper: ({ offered }) => offered.slice(0, 2).forEach((each) => void (each.acknowledgedAt = null)),
      expected: /23 of 25 messages were taken/,
    },
    {
      what: "more than a twentieth kept back, with a good reason",
      tamper: ({ inbox }) =>
        inbox.slice(0, 2).forEach((each) => Object.assign(each, { state: "suppressed", reason: "why not" })),
      expected: /23 of 25 taken messages were answered/,
    },
    {
      what: "a fixed text for most",
      tamper: ({ turns }) => turns.slice(0, 13).forEach((each) => void (each.tier = "fixed_text")),
      expected: /12 of 25 answers were a model's/,
    },
    {
      what: "a model's log that was not read",
      tamper: (ledger) => void (ledger.modelCalls = []),
      expected: /0 of 25 answers of the model have a call/,
    },
  ],
};

describe("a clean ledger", () => {
  it("holds in everything, and every check has looked at something", () => {
    const verdicts = Object.entries(checkInvariants(cleanLedger()));
    expect(verdicts.flatMap(([, { violations }]) => violations)).toEqual([]);
    expect(verdicts.filter(([, { ok }]) => !ok)).toEqual([]);
    expect(verdicts.filter(([, { checked }]) => checked < 20).map(([name]) => name)).toEqual([]);
  });

  it("holds where a row came late and its workflow's start did not", () => {
    const ledger = cleanLedger();
    row(ledger).committedAt = 500_000;
    ledger.firstStarts = new Map([["w-ada-1", offer(ledger).acknowledgedAt ?? 0]]);
    expect(checkInvariants(ledger).I5).toMatchObject({ ok: true, checked: 25 });
  });

  it("holds where a lost answer leaves a part unknown on a channel that cannot be asked, seen or not", () => {
    for (const isSeen of [true, false]) {
      const ledger = cleanLedger();
      Object.assign(part(ledger, "bob-1"), { state: "unknown", providerId: null });
      row(ledger, "bob-1").reason = "unknown:response_lost";
      if (!isSeen) without(ledger.sends, sent(ledger, "bob-1"));
      expect(Object.values(checkInvariants(ledger)).flatMap(({ violations }) => violations)).toEqual([]);
    }
  });

  it("holds where one dead letter has the reason that the fault brings about by its nature", () => {
    const ledger = { ...cleanLedger(), expectedDeadLetterReasons: ["poison:reply_lost"] };
    Object.assign(row(ledger), { state: "failed", reason: "poison:reply_lost" });
    expect(checkInvariants(ledger).I8).toMatchObject({ ok: true });
    Object.assign(row(ledger), { state: "failed", reason: "poison:broken" });
    expect(checkInvariants({ ...ledger }).I8).toMatchObject({ ok: false });
  });
});

for (const [name, violations] of Object.entries(PLANTED) as [Invariant, readonly Violation[]][])
  describe(`${name} is broken by`, () => {
    for (const { what, tamper, expected } of violations)
      it(what, () => {
        const ledger = cleanLedger();
        tamper(ledger);
        const verdict = checkInvariants(ledger)[name];
        expect(verdict.ok).toBe(false);
        expect(verdict.violations.join("\n")).toMatch(expected);
      });
  });
