import {
  changePart,
  changeRow,
  findDeed,
  findPart,
  findRow,
  findSend,
  findTurn,
  repeatCall,
} from "./tamper.ts";
import type { Violation } from "./violation.ts";

export const RUN_VIOLATIONS: Readonly<Record<"I5" | "I6" | "I7" | "I8" | "I9", readonly Violation[]>> = {
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
    {
      reports: "a receipt that an earlier one took back",
      tamper(ledger) {
        Object.assign(findDeed(ledger, "one-0"), { does: "report_receipts" });
        findPart(ledger, "one-0-0").receipt = "sent";
      },
      expected: /p-one-0-0 was read, and its receipt is sent/,
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
    {
      reports: "slow acknowledgements while a reader holds locks",
      tamper(ledger) {
        const [from, until] = [50_000, 100_000];
        ledger.faultTimes = [
          {
            name: "reader_locks",
            target: "postgres",

            quick: "acknowledgements",
            from,
            until,
          },
        ];
        for (const { attempts } of ledger.offered)
          for (const attempt of attempts)
            if (attempt.at > from && attempt.at < until) attempt.endedAt = attempt.at + 900;
      },
      expected: /5 acknowledgements took 900 ms during reader_locks, and 10 ms at other times/,
    },
    {
      reports: "slow answers while another tenant has many outgoing events",
      tamper(ledger) {
        const [from, until] = [50_000, 100_000];
        ledger.faultTimes = [{ name: "event_flood", target: "vendors", quick: "answers", from, until }];
        for (const send of ledger.sends) if (send.at > from && send.at < until) send.at += 8_000;
      },
      expected: /5 answers took 8310 ms during event_flood, and 310 ms at other times/,
    },
    {
      reports: "a part that was sent long after the outage of its vendor",
      tamper(ledger) {
        const { firstAttemptAt } = findPart(ledger);
        const from = firstAttemptAt ?? 0;
        const until = from + 5_000;
        ledger.faultTimes = [{ name: "vendor_outage", target: "vendors", quick: "recovery", from, until }];
        findSend(ledger).at = until + 41_000;
      },
      expected: /p-ada-1 failed during vendor_outage and was sent more than 40 s after it/,
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
    {
      reports: "a run of the shipped shape in which nearly all model calls went over a queue",
      tamper(ledger) {
        ledger.expectedPlaces = ["in_workflow_task"];
        ledger.callPlaces = { in_workflow_task: 6, over_queue: 19 };
      },
      expected: /6 of 25 model calls were made inside the workflow task/,
    },
    {
      reports: "a lost acknowledgement, also next to a message that may stay unanswered",
      tamper(ledger) {
        for (const each of ledger.offered.slice(0, 4)) each.mayStayUnanswered = true;
        for (const each of ledger.offered.slice(4, 6)) each.acknowledgedAt = null;
      },
      expected: /19 of 21 messages were accepted/,
    },
  ],
};
