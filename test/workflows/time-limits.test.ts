import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { computeActivityGraceMs } from "../../activities/worker/worker.ts";
import * as policies from "../../workflows/policies.ts";
import { BEGIN_PART_MS, TIME_LIMITS_MS } from "../../workflows/time-limits.ts";

type Limit = keyof typeof TIME_LIMITS_MS;

/** The conversation, the receipts, the part and the outage of its account. */
const LAST_PART_LOCKS: Limit[] = ["lastPartLock", "lastPartLock", "lastPartLock", "lastPartLock"];

/** Each limit encloses the sum of those after it. */
const ENCLOSED: readonly [Limit, ...Limit[]][] = [
  ["send", "connect"],
  ["settle", ...LAST_PART_LOCKS],
  ["markLost", "markFresh", "send", ...LAST_PART_LOCKS],
  ["firstSend", "markFresh", "send", "settle"],
  ["firstSend", "reconcile", "settle"],
  ["retryingSend", "markLost", "reconcile", "settle"],
  ["retryingSend", "retryingSendHeartbeat"],
  ["shortStep", "postgresConnect", "statement", "statementResponse"],
  ["shortStep", "vectorSearch", "statement"],
  ["modelCall", "modelHeartbeat", "settle"],
  ["modelCallTotal", "modelCall"],
  ["fallbackModelCall", "modelHeartbeat", "settle"],
  ["fallbackModelCallTotal", "fallbackModelCall"],
  ["eventSend", "send", "statement", "settle"],
  ["eventClaim", "statement", "send", "settle"],
  ["indexBatch", "indexHeartbeat"],
  ["indexHeartbeat", "modelCall"],
];

it.each(ENCLOSED)("the time limit %s is longer than those inside it", (outer, ...inner) => {
  const innerMs = inner.reduce((sum, name) => sum + TIME_LIMITS_MS[name], 0);
  expect(innerMs).toBeLessThan(TIME_LIMITS_MS[outer]);
});

it("every time limit of the table takes part in the order", () => {
  const named = new Set(ENCLOSED.flat());
  const known = Object.keys(TIME_LIMITS_MS).filter((name) => !named.has(name as Limit));
  expect(known).toEqual([]);
});

it("every time limit of a retry policy is one of the table", () => {
  const limits: readonly unknown[] = Object.values(TIME_LIMITS_MS);
  const used = Object.entries(policies).flatMap(([name, policy]) =>
    typeof policy !== "object"
      ? []
      : Object.entries(policy)
          .filter(([key]) => /^(startToClose|scheduleToClose|heartbeat)/.test(key))
          .map(([key, value]) => ({ at: `${name}.${key}`, value: value as unknown })),
  );
  expect(used.filter(({ value }) => !limits.includes(value))).toEqual([]);
  expect(used.length).toBeGreaterThan(8);
});

it("the first part of a reply always fits into the first attempt", () => {
  expect(BEGIN_PART_MS + TIME_LIMITS_MS.settle).toBeLessThan(TIME_LIMITS_MS.firstSend);
});

it("a send that began before a shutdown gets its whole time limit", () => {
  // The file has the defaults.
  const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
  const graceMs = Number(/^SHUTDOWN_GRACE_MS=(\d+)$/m.exec(example)?.[1]);
  expect(computeActivityGraceMs(graceMs)).toBeGreaterThan(TIME_LIMITS_MS.send + TIME_LIMITS_MS.settle);
});
