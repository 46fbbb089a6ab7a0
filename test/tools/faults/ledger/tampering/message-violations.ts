import { markerOf } from "../../load/marker.ts";
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
} from "./tamper.ts";
import type { Violation } from "./violation.ts";

/** The message itself opens a closed window. */
const ENDED_SILENCES = [
  ["stop", "start", "opted_out"],
  ["take_over", "hand_back", "taken_over"],
  ["pause", "resume", "conversation_paused"],
  ["pause_account", "resume_account", "account_paused"],
  ["close_window", null, "window_closed"],
] as const;

export const MESSAGE_VIOLATIONS: Readonly<Record<"I1" | "I2" | "I3" | "I4", readonly Violation[]>> = {
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
      reports: "a message whose answer was to be sent in a linked conversation and was not",
      tamper(ledger) {
        Object.assign(findRow(ledger), { state: "suppressed", reason: "sent_elsewhere" });
        ledger.turns.push({ ...findTurn(ledger), id: "t-elsewhere", reroutedFrom: "t-ada-1" });
      },
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
      reports: "a message that is suppressed for a newer one and answered by no turn",
      tamper: changeRow({ state: "suppressed", reason: "newer_message" }),
      expected: /is suppressed \(newer_message\), and nothing in the log of the loader explains it/,
    },
    {
      reports: "a message that is suppressed because of an opt-out that no contact asked for",
      tamper: changeRow({ state: "suppressed", reason: "opted_out" }),
      expected: /is suppressed \(opted_out\), and nothing/,
    },
    ...ENDED_SILENCES.map(([does, end, reason]) => ({
      reports: `a message that is suppressed (${reason}) although the silence had ended before it`,
      tamper(ledger: MutableLedger) {
        const sentAt = findOffer(ledger).attempts[0]?.at ?? 0;
        Object.assign(findRow(ledger), { state: "suppressed", reason });
        const deed = { channel: "webhook", addresses: ["ada"], providerMessageId: "ada-0" };
        ledger.deeds.push({ ...deed, does, beganAt: sentAt - 900, acknowledgedAt: sentAt - 800 });
        if (end !== null)
          ledger.deeds.push({ ...deed, does: end, beganAt: sentAt - 200, acknowledgedAt: sentAt - 100 });
      },
      expected: new RegExp(`ada-1 is suppressed \\(${reason}\\), and nothing`),
    })),
    {
      reports: "an unknown part in a time without a fault that loses responses",
      tamper(ledger) {
        Object.assign(findPart(ledger, "bob-1"), { state: "unknown" });
        ledger.ambiguousTimes = [{ from: 0, until: 1_000 }];
      },
      expected: /although no fault could lose its response/,
    },
    {
      reports: "an unknown part that was never attempted",
      tamper(ledger) {
        const never = { firstAttemptAt: null, lastAttemptAt: null };
        Object.assign(findPart(ledger, "bob-1"), { state: "unknown", ...never });
        ledger.ambiguousTimes = [{ from: 0, until: ledger.healedAt }];
      },
      expected: /is unknown, although it was never attempted/,
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
};
