import { eventSteps } from "./steps.ts";
import type { SendEventResult, EventInput } from "./types.ts";

/**
 * Tells one of the tenant's own systems about one event. Each attempt is an attempt of this one step: the waits between them are
 * Temporal's, so that a receiver that is down for three days costs no history.
 */
export async function event(input: EventInput): Promise<SendEventResult> {
  return await eventSteps().sendEvent(input);
}
