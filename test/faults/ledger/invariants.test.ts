import { describe, expect, it } from "vitest";
import type { Received } from "../../../infra/ops/demo/receivers.ts";
import type { Invariant } from "../campaign.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { markerOf } from "../load/marker.ts";
import { checkInvariants } from "./check-invariants.ts";
import type { InboxRow, Ledger, ModelCall, PartRow, TurnRow } from "./ledger.ts";

type Channel = "webhook" | "telegram";
type Planted = { [K in keyof Ledger]: Ledger[K] extends readonly (infer Item)[] ? Item[] : Ledger[K] };

const PEOPLE: readonly { name: string; channel: Channel; messages: number }[] = [
  { name: "ada", channel: "webhook", messages: 3 },
  { name: "bob", channel: "telegram", messages: 2 },
  ...Array.from({ length: 20 }, (_, i) => ({ name: `one-${i}`, channel: "webhook" as const, messages: 1 })),
];

/** Everybody was answered once, in order; one post was forged and refused. */
function cleanLedger(): Planted {
  const ledger: Planted = {
    offered: [],
    modelCalls: [],
    sends: [],
    inbox: [],
    turns: [],
    parts: [],
    conversations: [],
    running: [],
    firstStarts: new Map(),
    healedAt: 900_000,
    restWithinMs: 60_000,
    quietAt: 910_000,
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
      ledger.modelCalls.push({ at: at + 100, told: 200, markers: [...markers] });
      ledger.turns.push({
        id: `t-${id}`,
        conversationId: `c-${name}`,
        state: "closed",
        outcome: "answered",
        plan: "answer",
        rung: "full_context",
        replyCommittedAt: at + 200,
      });
      ledger.parts.push({
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
    tries: [{ at: 5, endedAt: 6, status: 401 }],
  });
  return ledger;
}

interface Told {
  id: string;
  from: string;
  channel: Channel;
  marker: string;
  at: number;
}

function offeredMessage({ id, from, channel, marker, at }: Told): OfferedMessage {
  return {
    channel,
    from,
    text: `When are you open? (${marker})`,
    marker,
    atMs: at,
    copies: 1,
    providerMessageId: id,
    tries: [{ at, endedAt: at + 10, status: 202 }],
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
const row = (ledger: Planted, id = "ada-1") => the(ledger.inbox, (each) => each.providerMessageId === id);
const turn = (ledger: Planted, id = "ada-1") => the(ledger.turns, (each) => each.id === `t-${id}`);
const part = (ledger: Planted, id = "ada-1") => the(ledger.parts, (each) => each.id === `p-${id}`);
const sent = (ledger: Planted, id = "ada-1") => the(ledger.sends, (each) => each.id === `v-${id}`);
const offer = (ledger: Planted, id = "ada-1") => the(ledger.offered, (each) => each.providerMessageId === id);
const call = (ledger: Planted, id = "ada-1") =>
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
  row: (what: Partial<InboxRow>, id?: string) => (ledger: Planted) =>
    void Object.assign(row(ledger, id), what),
  turn: (what: Partial<TurnRow>) => (ledger: Planted) => void Object.assign(turn(ledger), what),
  part: (what: Partial<PartRow>, id?: string) => (ledger: Planted) =>
    void Object.assign(part(ledger, id), what),
};

function callAgain(ledger: Planted, times: number, what: Partial<ModelCall> = {}): void {
  for (let i = 0; i < times; i++) ledger.modelCalls.push({ ...call(ledger), ...what });
}

interface Violation {
  what: string;
  plant(ledger: Planted): void;
  /** What the first sentence about it says. */
  says: RegExp;
}

const PLANTED: Readonly<Record<Invariant, readonly Violation[]>> = {
  I1: [
    {
      what: "an acknowledged message without a row",
      plant: (ledger) => without(ledger.inbox, row(ledger)),
      says: /in no inbox/,
    },
    {
      what: "an acknowledged message with two rows",
      plant: (ledger) => void ledger.inbox.push({ ...row(ledger), workflowId: "w-other" }),
      says: /has 2 rows/,
    },
    { what: "a message that waits", plant: is.row({ state: "pending" }), says: /still pending/ },
    { what: "a message in a turn", plant: is.row({ state: "in_turn" }), says: /still in_turn/ },
    {
      what: "a message suppressed without a reason",
      plant: is.row({ state: "suppressed" }),
      says: /suppressed without a reason/,
    },
    {
      what: "a message failed without a reason",
      plant: is.row({ state: "failed" }),
      says: /failed without a reason/,
    },
    {
      what: "an answer that belongs to no turn",
      plant: is.row({ turnId: null }),
      says: /no part was sent/,
    },
    { what: "an answer that was refused", plant: is.part({ state: "refused" }), says: /no part was sent/ },
    {
      what: "an answer of which there is no part",
      plant: (ledger) => without(ledger.parts, part(ledger)),
      says: /no part was sent/,
    },
    {
      what: "an accepted part that did not arrive",
      plant: (ledger) => without(ledger.sends, sent(ledger)),
      says: /is accepted and did not arrive/,
    },
    {
      what: "a second part that did not arrive",
      plant: (ledger) => void ledger.parts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" }),
      says: /p-2 is accepted and did not arrive/,
    },
    {
      what: "an unknown part where the channel takes a key",
      plant: is.part({ state: "unknown" }),
      says: /could be known/,
    },
  ],
  I2: [
    {
      what: "a part that arrived twice under its own id",
      plant: (ledger) => void ledger.sends.push({ ...sent(ledger) }),
      says: /arrived 2 times/,
    },
    {
      what: "a part that arrived twice under the vendor's ids",
      plant: (ledger) => void ledger.sends.push({ ...sent(ledger, "bob-1"), id: "v-again" }),
      says: /arrived 2 times/,
    },
    {
      what: "an unknown part that arrived twice",
      plant(ledger) {
        Object.assign(part(ledger, "bob-1"), { state: "unknown", providerId: null });
        ledger.sends.push({ ...sent(ledger, "bob-1"), id: "v-again" });
      },
      says: /arrived 2 times/,
    },
    {
      what: "a send to somebody who never wrote",
      plant: (ledger) => void ledger.sends.push({ ...sent(ledger), id: "v-stray", to: "eve" }),
      says: /is no part's/,
    },
    {
      what: "a turn that was sent and has no message",
      plant(ledger) {
        ledger.turns.push({ ...turn(ledger), id: "t-idle" });
        ledger.parts.push({ ...part(ledger), id: "p-idle", turnId: "t-idle", providerId: "v-idle" });
        ledger.sends.push({ ...sent(ledger), id: "v-idle", inReplyTo: [] });
      },
      says: /answers no message/,
    },
    {
      what: "one answer in two parts",
      plant(ledger) {
        ledger.parts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...sent(ledger), id: "v-2" });
      },
      says: /said the same in two parts/,
    },
    {
      what: "one message answered by two turns",
      plant: (ledger) => void (sent(ledger, "ada-2").inReplyTo = ["ada-1", "ada-2"]),
      says: /ada-1 was answered by 2 turns/,
    },
  ],
  I3: [
    {
      what: "a forged message that was acknowledged",
      plant: (ledger) => void offer(ledger, "forged").tries.push({ at: 7, endedAt: 8, status: 202 }),
      says: /taken though forged/,
    },
    {
      what: "a forged message that was stored",
      plant: (ledger) => void ledger.inbox.push({ ...row(ledger), providerMessageId: "forged" }),
      says: /stored though forged/,
    },
    {
      what: "a forged message that the model saw",
      plant: (ledger) => void call(ledger).markers.unshift(markerOf(500)),
      says: /came before the model/,
    },
    {
      what: "a row that nobody offered",
      plant: (ledger) => void ledger.inbox.push({ ...row(ledger), providerMessageId: "invented" }),
      says: /never offered/,
    },
  ],
  I4: [
    {
      what: "answers that changed places",
      plant: (ledger) => void (sent(ledger).at = sent(ledger, "ada-2").at + 1),
      says: /arrived too late/,
    },
    {
      what: "parts of one answer that changed places",
      plant(ledger) {
        ledger.parts.push({ ...part(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...sent(ledger), id: "v-2", text: "And more.", at: sent(ledger).at - 1 });
      },
      says: /arrived too late/,
    },
    {
      what: "a prompt that lacks an earlier line",
      plant: (ledger) => void call(ledger, "ada-2").markers.splice(1, 1),
      says: /was answered without/,
    },
    {
      what: "a prompt that lacks a line of its own turn",
      plant(ledger) {
        row(ledger, "ada-2").turnId = "t-ada-1";
        without(ledger.modelCalls, call(ledger, "ada-2"));
      },
      says: /was answered without/,
    },
  ],
  I5: [
    {
      what: "a row that was committed after the acknowledgement",
      plant: is.row({ committedAt: 500_000 }),
      says: /ms before it was durable/,
    },
    {
      what: "a workflow that was started after it too",
      plant(ledger) {
        row(ledger).committedAt = 500_000;
        ledger.firstStarts = new Map([["w-ada-1", 499_000]]);
      },
      says: /ms before it was durable/,
    },
    {
      what: "a row of which no transcript knows",
      plant: is.row({ committedAt: null }),
      says: /no line of a transcript/,
    },
  ],
  I6: [
    {
      what: "a turn that climbed more than the ladder",
      plant: (ledger) => callAgain(ledger, 4),
      says: /made 5 calls/,
    },
    {
      what: "a call after the reply stood",
      plant: (ledger) => callAgain(ledger, 1, { at: (turn(ledger).replyCommittedAt ?? 0) + 3 }),
      says: /after its reply stood/,
    },
    {
      what: "a call with nobody's words",
      plant: (ledger) => callAgain(ledger, 1, { markers: [] }),
      says: /nobody's words/,
    },
    {
      what: "two calls for every turn",
      plant: (ledger) => void ledger.modelCalls.push(...ledger.modelCalls.map((each) => ({ ...each }))),
      says: /2\.00 calls a turn/,
    },
  ],
  I7: [
    {
      what: "a gap in a conversation's numbers",
      plant: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 5 }),
      says: /has 5 lines and counts to 6/,
    },
    {
      what: "a conversation without any line",
      plant: (ledger) => void ledger.conversations.shift(),
      says: /has no such line/,
    },
    {
      what: "a last line that was deleted",
      plant: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 4, lastSeq: 4 }),
      says: /ada-2 is line 5/,
    },
  ],
  I8: [
    { what: "rest that came too late", plant: (l) => void (l.quietAt = 970_000), says: /not at rest 60 s/ },
    { what: "rest that never came", plant: (l) => void (l.quietAt = null), says: /not at rest 60 s/ },
    { what: "a time of rest that is no number", plant: (l) => void (l.quietAt = NaN), says: /not at rest/ },
    {
      what: "a workflow that is left",
      plant: (ledger) => void ledger.running.push({ workflowId: "w-ada-1", taskAttempts: 7 }),
      says: /w-ada-1 still runs \(task attempt 7\)/,
    },
    { what: "a part that waits", plant: is.part({ state: "intended" }), says: /is still intended/ },
    { what: "a part on its way", plant: is.part({ state: "sending" }), says: /is still sending/ },
    {
      what: "sends that were put off, as a rule",
      plant: ({ sends }) => sends.slice(0, 7).forEach((each) => void (each.at = 911_000)),
      says: /7 sends were put off/,
    },
    {
      what: "a dead letter that was no poison",
      plant: is.row({ state: "failed", reason: "poison:broken" }),
      says: /dead letter: failed, poison:broken/,
    },
    {
      what: "an answer of which a part is a dead letter",
      plant: is.row({ reason: "refused:permanent:400" }),
      says: /dead letter: answered, refused/,
    },
  ],
  I9: [
    { what: "a load of nothing", plant: (ledger) => void (ledger.offered = []), says: /0 of 0 messages/ },
    {
      what: "a load of forged messages alone",
      plant: (ledger) => void (ledger.offered = ledger.offered.filter(({ forged }) => forged)),
      says: /0 of 0 messages/,
    },
    {
      what: "more than a twentieth not taken",
      plant: ({ offered }) => offered.slice(0, 2).forEach((each) => void (each.acknowledgedAt = null)),
      says: /23 of 25 messages were taken/,
    },
    {
      what: "more than a twentieth kept back, with a good reason",
      plant: ({ inbox }) =>
        inbox.slice(0, 2).forEach((each) => Object.assign(each, { state: "suppressed", reason: "why not" })),
      says: /23 of 25 taken messages were answered/,
    },
    {
      what: "a canned text for most",
      plant: ({ turns }) => turns.slice(0, 13).forEach((each) => void (each.rung = "canned_text")),
      says: /12 of 25 answers were a model's/,
    },
    {
      what: "a model's log that was not read",
      plant: (ledger) => void (ledger.modelCalls = []),
      says: /0 of 25 answers of the model have a call/,
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
      row(ledger, "bob-1").reason = "unknown:answer_lost";
      if (!isSeen) without(ledger.sends, sent(ledger, "bob-1"));
      expect(Object.values(checkInvariants(ledger)).flatMap(({ violations }) => violations)).toEqual([]);
    }
  });

  it("holds where one dead letter has the reason that the fault brings about by its nature", () => {
    const ledger = { ...cleanLedger(), mayDieOf: ["poison:reply_lost"] };
    Object.assign(row(ledger), { state: "failed", reason: "poison:reply_lost" });
    expect(checkInvariants(ledger).I8).toMatchObject({ ok: true });
    Object.assign(row(ledger), { state: "failed", reason: "poison:broken" });
    expect(checkInvariants({ ...ledger }).I8).toMatchObject({ ok: false });
  });
});

for (const [name, violations] of Object.entries(PLANTED) as [Invariant, readonly Violation[]][])
  describe(`${name} is broken by`, () => {
    for (const { what, plant, says } of violations)
      it(what, () => {
        const ledger = cleanLedger();
        plant(ledger);
        const verdict = checkInvariants(ledger)[name];
        expect(verdict.ok).toBe(false);
        expect(verdict.violations.join("\n")).toMatch(says);
      });
  });
