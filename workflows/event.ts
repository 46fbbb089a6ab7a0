import { eventSteps } from "./steps.ts";
import type { SendEventResult, EventInput } from "./types.ts";

/**
 * One attempt to send an outgoing event to an endpoint of the tenant, after the first one. Between the attempts the delivery waits in PostgreSQL, so an
 * endpoint that is down or slow for three days occupies no workflows.
 */
export async function event(input: EventInput): Promise<SendEventResult> {
  return await eventSteps().sendEvent(input);
}
