import type { Invariant } from "../campaign.ts";
import { markerOf } from "../load/marker.ts";
import type { MutableLedger } from "./build-ledger.ts";
import {
  changePart,
  changeRow,
  findCall,
  findOffer,
  findPart,
  findRow,
  findSend,
  findTurn,
  removeItem,
  repeatCall,
} from "./tamper.ts";

export interface Violation {
  /** Completes the test title "the check ... reports". */
  reports: string;
  tamper(ledger: MutableLedger): void;
  /** Matches the message of the check. */
  expected: RegExp;
}

export const VIOLATIONS: Readonly<Record<Invariant, readonly Violation[]>> = {
  I1: [
    {
      reports: "an acknowledged message without a row",
      tamper: (ledger) => removeItem(ledger.inbox, findRow(ledger)),
      expected: /in no inbox/,
    },
    {
      reports: "an acknowledged message with two rows",
      tamper: (ledger) => void ledger.inbox.push({ ...findRow(ledger), workflowId: "w-other" }),
      expected: /has 2 rows/,
    },
    {
      reports: "a message that is still pending",
      tamper: changeRow({ state: "pending" }),
      expected: /still pending/,
    },
    {
      reports: "a message that is still in a turn",
      tamper: changeRow({ state: "in_turn" }),
      expected: /still in_turn/,
    },
    {
      reports: "a suppressed message without a reason",
      tamper: changeRow({ state: "suppressed" }),
      expected: /suppressed without a reason/,
    },
    {
      reports: "a failed message without a reason",
      tamper: changeRow({ state: "failed" }),
      expected: /failed without a reason/,
    },
    {
      reports: "an answered message without a turn",
      tamper: changeRow({ turnId: null }),
      expected: /no part was sent/,
    },
    {
      reports: "an answered message of which the vendor refused the only part",
      tamper: changePart({ state: "refused" }),
      expected: /no part was sent/,
    },
    {
      reports: "an answered message whose turn has no part",
      tamper: (ledger) => removeItem(ledger.replyParts, findPart(ledger)),
      expected: /no part was sent/,
    },
    {
      reports: "an accepted part that did not arrive",
      tamper: (ledger) => removeItem(ledger.sends, findSend(ledger)),
      expected: /is accepted and did not arrive/,
    },
    {
      reports: "a second part that did not arrive",
      tamper: (ledger) =>
        void ledger.replyParts.push({ ...findPart(ledger), id: "p-2", part: 1, providerId: "v-2" }),
      expected: /p-2 is accepted and did not arrive/,
    },
    {
      reports: "an unknown part on a channel that takes an idempotency key",
      tamper: changePart({ state: "unknown" }),
      expected: /can confirm it/,
    },
  ],
  I2: [
    {
      reports: "a part that arrived twice under its own id",
      tamper: (ledger) => void ledger.sends.push({ ...findSend(ledger) }),
      expected: /arrived 2 times/,
    },
    {
      reports: "a part that arrived twice under two ids of the vendor",
      tamper: (ledger) => void ledger.sends.push({ ...findSend(ledger, "bob-1"), id: "v-again" }),
      expected: /arrived 2 times/,
    },
    {
      reports: "an unknown part that arrived twice",
      tamper(ledger) {
        Object.assign(findPart(ledger, "bob-1"), { state: "unknown", providerId: null });
        ledger.sends.push({ ...findSend(ledger, "bob-1"), id: "v-again" });
      },
      expected: /arrived 2 times/,
    },
    {
      reports: "a send to a contact who never wrote",
      tamper: (ledger) => void ledger.sends.push({ ...findSend(ledger), id: "v-unmatched", to: "eve" }),
      expected: /belongs to no part/,
    },
    {
      reports: "a turn that was sent and answers no message",
      tamper(ledger) {
        ledger.turns.push({ ...findTurn(ledger), id: "t-idle" });
        ledger.replyParts.push({ ...findPart(ledger), id: "p-idle", turnId: "t-idle", providerId: "v-idle" });
        ledger.sends.push({ ...findSend(ledger), id: "v-idle", inReplyTo: [] });
      },
      expected: /answers no message/,
    },
    {
      reports: "two parts with the same text",
      tamper(ledger) {
        ledger.replyParts.push({ ...findPart(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...findSend(ledger), id: "v-2" });
      },
      expected: /same text in two parts/,
    },
    {
      reports: "a message that two turns answered",
      tamper: (ledger) => void (findSend(ledger, "ada-2").inReplyTo = ["ada-1", "ada-2"]),
      expected: /ada-1 was answered by 2 turns/,
    },
  ],
  I3: [
    {
      reports: "a forged message that was acknowledged",
      tamper: (ledger) => void findOffer(ledger, "forged").attempts.push({ at: 7, endedAt: 8, status: 202 }),
      expected: /accepted although/,
    },
    {
      reports: "a forged message that was stored",
      tamper: (ledger) => void ledger.inbox.push({ ...findRow(ledger), providerMessageId: "forged" }),
      expected: /stored although/,
    },
    {
      reports: "a forged message that the model saw",
      tamper: (ledger) => void findCall(ledger).markers.unshift(markerOf(500)),
      expected: /in a prompt although/,
    },
    {
      reports: "a row of a message that was never offered",
      tamper: (ledger) => void ledger.inbox.push({ ...findRow(ledger), providerMessageId: "invented" }),
      expected: /never offered/,
    },
  ],
  I4: [
    {
      reports: "replies that arrived in the wrong order",
      tamper: (ledger) => void (findSend(ledger).at = findSend(ledger, "ada-2").at + 1),
      expected: /arrived too late/,
    },
    {
      reports: "reply parts that arrived in the wrong order",
      tamper(ledger) {
        ledger.replyParts.push({ ...findPart(ledger), id: "p-2", part: 1, providerId: "v-2" });
        ledger.sends.push({ ...findSend(ledger), id: "v-2", text: "And more.", at: findSend(ledger).at - 1 });
      },
      expected: /arrived too late/,
    },
    {
      reports: "a prompt without an earlier line of the conversation",
      tamper: (ledger) => void findCall(ledger, "ada-2").markers.splice(1, 1),
      expected: /was answered without/,
    },
    {
      reports: "a prompt without a line of its own turn",
      tamper(ledger) {
        findRow(ledger, "ada-2").turnId = "t-ada-1";
        removeItem(ledger.modelCalls, findCall(ledger, "ada-2"));
      },
      expected: /was answered without/,
    },
  ],
  I5: [
    {
      reports: "a row that was committed after the acknowledgement",
      tamper: changeRow({ committedAt: 500_000 }),
      expected: /ms before it was durable/,
    },
    {
      reports: "a row and a workflow start that both came after the acknowledgement",
      tamper(ledger) {
        findRow(ledger).committedAt = 500_000;
        ledger.firstStarts = new Map([["w-ada-1", 499_000]]);
      },
      expected: /ms before it was durable/,
    },
    {
      reports: "a row without a line in the transcript",
      tamper: changeRow({ committedAt: null }),
      expected: /no line of a transcript/,
    },
  ],
  I6: [
    {
      reports: "a turn with more calls than the fallback chain has",
      tamper: (ledger) => repeatCall(ledger, 4),
      expected: /made 5 calls/,
    },
    {
      reports: "a model call after the reply was committed",
      tamper: (ledger) => repeatCall(ledger, 1, { at: (findTurn(ledger).replyCommittedAt ?? 0) + 3 }),
      expected: /after its reply was committed/,
    },
    {
      reports: "a model call without the words of a contact",
      tamper: (ledger) => repeatCall(ledger, 1, { markers: [] }),
      expected: /no words of a contact/,
    },
    {
      reports: "a mean of two model calls for each turn",
      tamper: (ledger) => void ledger.modelCalls.push(...ledger.modelCalls.map((each) => ({ ...each }))),
      expected: /2\.00 calls a turn/,
    },
  ],
  I7: [
    {
      reports: "a gap in the line numbers of a conversation",
      tamper: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 5 }),
      expected: /has 5 lines and the last number 6/,
    },
    {
      reports: "a conversation without any line",
      tamper: (ledger) => void ledger.conversations.shift(),
      expected: /has no such line/,
    },
    {
      reports: "a conversation without its last line",
      tamper: ({ conversations: [first] }) => void Object.assign(first ?? {}, { lines: 4, lastSeq: 4 }),
      expected: /ada-2 is line 5/,
    },
  ],
  I8: [
    {
      reports: "work that ended too late",
      tamper: (l) => void (l.idleAt = 970_000),
      expected: /work was left 60 s/,
    },
    {
      reports: "work that never ended",
      tamper: (l) => void (l.idleAt = null),
      expected: /work was left 60 s/,
    },
    {
      reports: "an idle time that is not a number",
      tamper: (l) => void (l.idleAt = NaN),
      expected: /work was left/,
    },
    {
      reports: "a workflow that still runs",
      tamper: (ledger) => void ledger.running.push({ workflowId: "w-ada-1", taskAttempts: 7 }),
      expected: /w-ada-1 still runs \(task attempt 7\)/,
    },
    {
      reports: "a part that is still intended",
      tamper: changePart({ state: "intended" }),
      expected: /is still intended/,
    },
    {
      reports: "a part that is still being sent",
      tamper: changePart({ state: "sending" }),
      expected: /is still sending/,
    },
    {
      reports: "many sends after the idle time",
      tamper: ({ sends }) => sends.slice(0, 7).forEach((each) => void (each.at = 911_000)),
      expected: /7 sends were deferred/,
    },
    {
      reports: "a dead letter that the campaign did not plan",
      tamper: changeRow({ state: "failed", reason: "poison:broken" }),
      expected: /dead letter: failed, poison:broken/,
    },
    {
      reports: "an answered message with a dead-lettered part",
      tamper: changeRow({ reason: "refused:permanent:400" }),
      expected: /dead letter: answered, refused/,
    },
  ],
  I9: [
    {
      reports: "a load without messages",
      tamper: (ledger) => void (ledger.offered = []),
      expected: /0 of 0 messages/,
    },
    {
      reports: "a load of forged messages only",
      tamper: (ledger) => void (ledger.offered = ledger.offered.filter(({ forged }) => forged)),
      expected: /0 of 0 messages/,
    },
    {
      reports: "a load of which more than 5 % was not accepted",
      tamper: ({ offered }) => offered.slice(0, 2).forEach((each) => void (each.acknowledgedAt = null)),
      expected: /23 of 25 messages were accepted/,
    },
    {
      reports: "a load of which more than 5 % was suppressed",
      tamper: ({ inbox }) =>
        inbox.slice(0, 2).forEach((each) => Object.assign(each, { state: "suppressed", reason: "why not" })),
      expected: /23 of 25 accepted messages were answered/,
    },
    {
      reports: "a run in which most replies are the fixed text",
      tamper: ({ turns }) => turns.slice(0, 13).forEach((each) => void (each.tier = "fixed_text")),
      expected: /12 of 25 replies came from a model/,
    },
    {
      reports: "a model log without calls",
      tamper: (ledger) => void (ledger.modelCalls = []),
      expected: /0 of 25 replies of the model have a call/,
    },
  ],
};
