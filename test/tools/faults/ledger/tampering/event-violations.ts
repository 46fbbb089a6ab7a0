import type { EventRow } from "../ledger.ts";
import type { MutableLedger } from "./build-ledger.ts";
import type { Violation } from "./violation.ts";

const changeEvent = (changes: Partial<EventRow>) => (ledger: MutableLedger) =>
  void Object.assign(ledger.events[0] ?? {}, changes);

export const EVENT_VIOLATIONS: Readonly<Record<"I12", readonly Violation[]>> = {
  I12: [
    {
      reports: "an event that is delivered and did not arrive",
      tamper: (ledger) => void ledger.arrivedEvents.shift(),
      expected: /e-ada-0 \(message\.answered\) is delivered and did not arrive/,
    },
    {
      reports: "an event without a delivery",
      tamper: changeEvent({ state: null, attempts: 0 }),
      expected: /e-ada-0 .* still waits: it has no delivery/,
    },
    {
      reports: "an event that waits although it is due",
      tamper: changeEvent({ state: "pending" }),
      expected: /e-ada-0 .* still waits: pending/,
    },
    {
      reports: "an event that failed",
      tamper: changeEvent({ state: "failed", code: "gone" }),
      expected: /e-ada-0 .* failed: gone/,
    },
    {
      reports: "a load with an endpoint and without events",
      tamper: (ledger) => void (ledger.events = []),
      expected: /no event was stored/,
    },
  ],
};
