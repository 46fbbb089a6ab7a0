import type { MutableLedger } from "./build-ledger.ts";
import { findDeed, findOffer, findPart, findRow, findSend, findTurn } from "./tamper.ts";
import type { Violation } from "./violation.ts";

/** The deed comes 100 ms after the answer to its contact. */
const AFTER_MS = 150;

function sendLate(ledger: MutableLedger, contact: string): void {
  const send = findSend(ledger, `${contact}-0`);
  ledger.departures = ledger.departures.filter(({ port, at }) => port !== send.peerPort || at > send.at);
  send.at += AFTER_MS;
}

export const SILENCE_VIOLATIONS: Readonly<Record<"I10" | "I11", readonly Violation[]>> = {
  I10: [
    {
      reports: "an answer that was sent after an acknowledged STOP",
      tamper: (ledger) => sendLate(ledger, "one-0"),
      expected: /to one-0 was sent 50 ms after an acknowledged stop/,
    },
    {
      reports: "an answer that was sent after an acknowledged takeover",
      tamper: (ledger) => sendLate(ledger, "one-1"),
      expected: /to one-1 was sent 50 ms after an acknowledged take_over/,
    },
    {
      reports: "an answer in a closed window",
      tamper(ledger) {
        findDeed(ledger, "one-3").does = "close_window";
        sendLate(ledger, "one-3");
      },
      expected: /to one-3 was sent 50 ms after an acknowledged close_window/,
    },
    {
      reports: "an answer to another contact of a paused account",
      tamper(ledger) {
        Object.assign(findDeed(ledger, "one-3"), { does: "pause_account", addresses: ["nobody"] });
        sendLate(ledger, "one-3");
      },
      expected: /was sent \d+ ms after an acknowledged pause_account/,
    },
    {
      reports: "a send after a STOP that belongs to no part",
      tamper(ledger) {
        const send = findSend(ledger, "one-0-0");
        ledger.sends.push({ ...send, id: "v-unknown", peerPort: 0, at: send.at + AFTER_MS });
        findPart(ledger, "one-0-0").firstAttemptAt = null;
      },
      expected: /v-unknown to one-0 was sent/,
    },
    {
      reports: "an answer between a STOP and a later START",
      tamper(ledger) {
        sendLate(ledger, "one-2");
        const stop = findDeed(ledger, "one-2");
        ledger.deeds.push({ ...stop, does: "start", beganAt: (stop.acknowledgedAt ?? 0) + 500 });
      },
      expected: /to one-2 was sent 50 ms after an acknowledged stop/,
    },
    {
      reports: "an answer to another address of a contact who has opted out with one of them",
      tamper(ledger) {
        findDeed(ledger, "one-4").addresses = ["number-4"];
        findOffer(ledger, "one-4-0").shape = { kind: "whatsapp_ids", phone: "number-4", userId: "one-4" };
        sendLate(ledger, "one-4");
      },
      expected: /to one-4 was sent/,
    },
    {
      reports: "an answer to a message that was taken back before its turn",
      tamper(ledger) {
        const deed = findDeed(ledger, "one-6");
        Object.assign(deed, { does: "delete", acknowledgedAt: findTurn(ledger, "one-6-0").openedAt - 10 });
      },
      expected: /one-6-0 was answered, although it was taken back 10 ms before its turn/,
    },
  ],
  I11: [
    {
      reports: "a stall with the step that ran",
      tamper: (ledger) =>
        void ledger.stalls.push({
          process: "worker",
          at: 2_000,
          durationMs: 400,
          cpuMs: 380,
          steps: ["retrieve"],
        }),
      expected: /worker was blocked for 400 ms \(380 ms CPU\) at .*: retrieve/,
    },
    {
      reports: "a stall with the long text that came before it",
      tamper(ledger) {
        const { providerMessageId } = findRow(ledger);
        const message = ledger.offered.find((each) => each.providerMessageId === providerMessageId);
        Object.assign(message ?? {}, { text: "x".repeat(5_000) });
        const at = (message?.attempts[0]?.at ?? 0) + 500;
        ledger.stalls.push({ process: "api", at, durationMs: 101, cpuMs: 101, steps: [] });
      },
      expected: /a webhook text of 5000 characters/,
    },
    {
      reports: "a long stall although the process got no core for most of it",
      tamper: (ledger) =>
        void ledger.stalls.push({
          process: "worker",
          at: 2_000,
          durationMs: 900,
          cpuMs: 210,
          steps: ["admit"],
        }),
      expected: /worker was blocked for 900 ms \(210 ms CPU\)/,
    },
  ],
};
