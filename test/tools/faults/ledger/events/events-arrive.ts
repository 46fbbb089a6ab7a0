import type { Verdict } from "../../campaign.ts";
import { judge, merge } from "../judge.ts";
import type { Ledger } from "../ledger.ts";
import { isLeft } from "./read-events.ts";

/** Each outgoing event arrived at least once. One that failed during a fault may wait for the schedule of its next attempt. */
export function eventsArrive({ events, arrivedEvents, expectsEvents }: Ledger): Verdict {
  const arrived = new Set(arrivedEvents);
  const none = judge(
    expectsEvents && events.length === 0 ? ["no event was stored"] : [],
    (problem) => problem,
  );
  const lost = judge(events, (event) => {
    const { id, type, state, code } = event;
    if (isLeft(event)) return `event ${id} (${type}) still waits: ${state ?? "it has no delivery"}`;
    if (state === "failed") return `event ${id} (${type}) failed: ${code}`;
    return state === "delivered" && !arrived.has(id)
      ? `event ${id} (${type}) is delivered and did not arrive`
      : null;
  });
  return merge([none, lost]);
}
