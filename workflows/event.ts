import { eventSteps } from "./steps.ts";
import type { SendEventResult, EventInput } from "./types.ts";

/**
 * Sends one outgoing event to one endpoint of the tenant. Temporal waits between the attempts of this one step, so an endpoint that is
 * down for three days adds nothing to the history.
 */
export async function event(input: EventInput): Promise<SendEventResult> {
  return await eventSteps().sendEvent(input);
}
