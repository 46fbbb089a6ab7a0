import type { Verdict } from "../campaign.ts";
import { judge } from "./judge.ts";
import type { AmbiguousTime, Ledger, PartRow } from "./ledger.ts";

/** The longest time of one send. */
const SEND_WITHIN_MS = 16_000;

/** Each part that is `unknown` needs a fault that could lose the response of its last attempt: an attempt that is repeated was rejected. */
export function unknownParts({ replyParts, ambiguousTimes }: Ledger): Verdict {
  const explained = new Map<AmbiguousTime, number>();
  // The limited times are used in the order of their ends, so that no later part finds one used up in vain.
  const times = ambiguousTimes.toSorted(
    (one, other) => Number(isLimited(one)) - Number(isLimited(other)) || one.until - other.until,
  );
  const unknown = replyParts
    .filter(({ state }) => state === "unknown")
    .toSorted((one, other) => (one.lastAttemptAt ?? 0) - (other.lastAttemptAt ?? 0));
  return judge(unknown, (part) => {
    if (part.lastAttemptAt === null) return `part ${part.id} is unknown, although it was never attempted`;
    const cause = times.find(
      (time) => mayHit(time, part) && (explained.get(time) ?? 0) < (time.responses ?? Infinity),
    );
    if (cause === undefined) return `part ${part.id} is unknown, although no fault could lose its response`;
    explained.set(cause, (explained.get(cause) ?? 0) + 1);
    return null;
  });
}

function isLimited({ responses }: AmbiguousTime): boolean {
  return responses !== undefined;
}

function mayHit({ from, until }: AmbiguousTime, { lastAttemptAt }: PartRow): boolean {
  return lastAttemptAt !== null && lastAttemptAt > from - SEND_WITHIN_MS && lastAttemptAt < until;
}
