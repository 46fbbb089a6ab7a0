import type { Verdict } from "../campaign.ts";
import { indexLedger } from "./index-ledger.ts";
import { judge, merge } from "./judge.ts";
import type { FaultTime, Ledger } from "./ledger.ts";

/** A median counts as slow above this limit, and only if it is this many times the median of the other times of the same run. */
const SLOW = {
  /** An insert takes about 10 ms, and about 100 ms on a busy machine. */
  acknowledgements: {
    aboveMs: 500,
    times: 3,
    notHitBy: new Set(["vendors", "fakes", "model", "worker", "clock of worker"]),
  },
  /** An answer takes about 2 s with its quiet window. */
  answers: { aboveMs: 6_000, times: 3, notHitBy: new Set<string>() },
} as const;
/** Fewer observations prove nothing. */
const ENOUGH = 4;
/** After another fault, the work that waited for it makes everything slow for a time. */
const AFTER_FAULT_MS = 5_000;
/** After an outage, waiting parts are sent within seconds of the first accepted send. An answer has to be made for it first. */
const RECOVERED_WITHIN_MS = 40_000;

interface Duration {
  at: number;
  endedAt: number;
}

/** Faults of one tenant or one reader do not slow others, and after an outage of a vendor the waiting parts are sent soon. */
export function staysQuick(ledger: Ledger): Verdict {
  const times = ledger.faultTimes ?? [];
  const durations = { acknowledgements: acknowledgementsOf(ledger), answers: answersOf(ledger) };
  const slow = judge(times, (time) => {
    const { quick } = time;
    if (quick === undefined || quick === "recovery") return null;
    const { aboveMs, times: factor, notHitBy } = SLOW[quick];
    const others = times.filter((other) => other !== time && !notHitBy.has(other.target));
    const usual = durations[quick].filter((each) => !isHit(each, others));
    const within = usual.filter((each) => isInside(each, time));
    const without = usual.filter((each) => !isHit(each, [time]));
    const [slowMs, usualMs] = [medianMs(within), medianMs(without)];
    return within.length >= ENOUGH && slowMs > aboveMs && slowMs > factor * usualMs
      ? `${within.length} ${quick} took ${Math.round(slowMs)} ms during ${time.name}, and ${Math.round(usualMs)} ms at other times`
      : null;
  });
  return merge([slow, recoverSoon(ledger, times)]);
}

function acknowledgementsOf({ offered }: Ledger): Duration[] {
  return offered.flatMap(({ attempts }) => attempts.filter(({ status }) => status >= 200 && status < 300));
}

/** From the message to the arrival of the first part of its answer. */
function answersOf(ledger: Ledger): Duration[] {
  const index = indexLedger(ledger);
  return index.acknowledged.flatMap(({ channel, providerMessageId, attempts }) => {
    const [row] = index.rowsOf(channel, providerMessageId);
    const arrivals = index.partsOf(row?.turnId ?? "").flatMap((part) => index.sendsOf(part));
    const at = attempts[0]?.at;
    if (at === undefined || arrivals.length === 0) return [];
    return [{ at, endedAt: Math.min(...arrivals.map((send) => send.at)) }];
  });
}

/** A part that failed during the outage arrives soon after it, or after the last fault of the round. */
function recoverSoon(ledger: Ledger, times: readonly FaultTime[]): Verdict {
  const index = indexLedger(ledger);
  const outages = times.filter(({ quick }) => quick === "recovery");
  return judge(outages, (outage) => {
    const healedAt = Math.max(...times.map(({ until }) => until), outage.until);
    const late = ledger.replyParts.find((part) => {
      const { firstAttemptAt } = part;
      if (firstAttemptAt === null || firstAttemptAt < outage.from || firstAttemptAt > outage.until)
        return false;
      return index.sendsOf(part).some(({ at }) => at > healedAt + RECOVERED_WITHIN_MS);
    });
    return late === undefined
      ? null
      : `part ${late.id} failed during ${outage.name} and was sent more than ${RECOVERED_WITHIN_MS / 1_000} s after it`;
  });
}

function isInside({ at }: Duration, { from, until }: FaultTime): boolean {
  return at >= from && at <= until;
}

function isHit({ at, endedAt }: Duration, times: readonly FaultTime[]): boolean {
  return times.some(({ from, until }) => endedAt >= from && at <= until + AFTER_FAULT_MS);
}

function medianMs(durations: readonly Duration[]): number {
  const sorted = durations.map(({ at, endedAt }) => endedAt - at).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
