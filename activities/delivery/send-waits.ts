import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { FAILURES } from "../../workflows/failures.ts";
import type { OutboundChannel } from "../channels/channel.ts";

/** Longest wait that the activity sits out itself; a longer one goes back to Temporal, which remembers it without us. */
export const SHORT_WAIT_MS = 1_000;
/** A send is cut off after 15 s (the egress guard's limit): before that nobody can say that a part in `sending` was lost. */
const SEND_LIMIT_MS = 16_000;

/** Sits out what has to pass before the next attempt at a part. */
export async function waitForNextAttempt(
  { channel }: { channel: OutboundChannel },
  part: Delivery,
): Promise<void> {
  // No later moment was written since the mark: whoever made it is dead, or is sending at this moment.
  const isSettled = part.nextAttemptAt !== null && part.nextAttemptAt > part.updatedAt;
  const mayBeSending = part.state === "sending" && !isSettled;
  const isRepeatable = channel.deliveryClass === "idempotency-key";
  const waitMs = mayBeSending && !isRepeatable ? SEND_LIMIT_MS - part.unchangedMs : part.dueInMs;
  await waitOrDefer(waitMs, "not_yet");
}

/** Sits out a short wait, hands a long one back to Temporal. */
async function waitOrDefer(waitMs: number, why: string): Promise<void> {
  if (waitMs <= 0) return;
  if (waitMs > SHORT_WAIT_MS) throw createDeferral(waitMs, why);
  await Context.current().sleep(waitMs);
}

/** The local first attempt ends here and the normal activity takes over; that one comes back after the wait. */
export function createDeferral(waitMs: number, code: string): ApplicationFailure {
  const message = `The send comes back in ${Math.ceil(waitMs / 1000)} s (${code}).`;
  if (activityInfo().isLocal) return ApplicationFailure.nonRetryable(message, FAILURES.deliveryDeferred);
  return ApplicationFailure.create({ message, type: FAILURES.deliveryDeferred, nextRetryDelay: waitMs });
}
