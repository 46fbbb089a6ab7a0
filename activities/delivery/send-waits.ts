import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { FAILURES } from "../../workflows/failures.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import type { OutboundChannel } from "../channels/channel.ts";
import type { Deadline } from "../retry/deadline.ts";

/** The longest wait inside the activity. A longer one goes back to Temporal, which keeps it when this process dies. */
export const SHORT_WAIT_MS = 1_000;

/** Waits until the next attempt at a part is due. */
export async function waitForNextAttempt(
  { channel }: { channel: OutboundChannel },
  part: Delivery,
): Promise<void> {
  // A settled attempt has a later due time. Without one, the process that marked the part is dead or still sending.
  const isSettled = part.nextAttemptAt !== null && part.nextAttemptAt > part.updatedAt;
  const mayBeSending = part.state === "sending" && !isSettled;
  const isRepeatable = channel.deliveryClass === "idempotency-key";
  const waitMs = mayBeSending && !isRepeatable ? TIME_LIMITS_MS.markLost - part.unchangedMs : part.dueInMs;
  if (waitMs <= 0) return;
  if (waitMs > SHORT_WAIT_MS) throw createDeferral(waitMs, "not_yet");
  await Context.current().sleep(waitMs);
}

/**
 * Defers what does not fit into the rest of this attempt. Otherwise Temporal would end the attempt during a call to a vendor that is
 * well, and the outcome of the call would be unknown.
 */
export function requireTime(deadline: Deadline, neededMs: number): void {
  if (deadline.leftMs() < neededMs) throw createDeferral(0, "out_of_time");
}

/**
 * The failure that repeats the activity after a wait. A local activity fails for good, because the workflow then schedules the normal
 * one, which finds the wait in the database.
 */
export function createDeferral(waitMs: number, code: string): ApplicationFailure {
  const message = `The next attempt comes in ${Math.ceil(waitMs / 1000)} s (${code}).`;
  if (activityInfo().isLocal) return ApplicationFailure.nonRetryable(message, FAILURES.deliveryDeferred);
  const nextRetryDelay = Math.max(1, Math.round(waitMs));
  return ApplicationFailure.create({ message, type: FAILURES.deliveryDeferred, nextRetryDelay });
}
