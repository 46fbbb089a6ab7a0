import { awaitAllFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { InlinedStart } from "./plan-inlined.ts";

export interface InlineEventDependencies {
  starter: Pick<WorkflowStarter, "startMessage" | "awaitStored">;
  log: { warn(details: object, message: string): void };
}

export interface InlineOptions {
  /** The acknowledgement promises that no send of the assistant begins any more. */
  asksForSilence: boolean;
  timeoutMs: number;
}

/** A worker that has Postgres usually stores the event within 0.2 s. Slack and others wait for 3 s for the acknowledgement. */
const STORED_WITHIN_MS = 500;

/** Throws where Temporal does not confirm the start in time. */
export async function startInlined(
  starter: Pick<WorkflowStarter, "startMessage">,
  start: InlinedStart,
  timeoutMs: number,
): Promise<void> {
  // The event is stored first; the workflow of a message waits for the rest of the quiet window then.
  await starter.startMessage({ ...start, conversationId: null, quietMs: 0, timeoutMs });
}

/**
 * Gives an event to Temporal that Postgres did not accept. Returns false where no workflow has it. A send may pass the gate of a worker until
 * the event is in Postgres, so only then the wait for the marks of such sends begins. They cannot be read from here.
 */
export function createInlineEvent({ starter, log }: InlineEventDependencies) {
  return async function inlineEvent(
    start: InlinedStart,
    { asksForSilence, timeoutMs }: InlineOptions,
  ): Promise<boolean> {
    const marksOnArrival = asksForSilence ? awaitAllFreshMarks() : null;
    try {
      await startInlined(starter, start, timeoutMs);
    } catch (error) {
      log.warn({ err: error, workflowId: start.workflowId }, "Temporal did not accept an inlined event");
      await marksOnArrival;
      return false;
    }
    if (asksForSilence) {
      await starter.awaitStored(start.workflowId, STORED_WITHIN_MS);
      await awaitAllFreshMarks();
    }
    return true;
  };
}

export type InlineEvent = ReturnType<typeof createInlineEvent>;
