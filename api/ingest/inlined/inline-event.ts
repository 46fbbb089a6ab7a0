import { awaitAllFreshMarks } from "../../../db/delivery/await-fresh-marks.ts";
import type { WorkflowStarter } from "../../../infra/runtime/temporal/workflow-starter.ts";
import { Problem } from "../../problem.ts";
import type { InlinedStart } from "./plan-inlined.ts";

export interface InlineEventDependencies {
  starter: Pick<WorkflowStarter, "startMessage" | "awaitStored">;
  log: { warn(details: object, message: string): void };
}

export interface InlineOptions {
  /** Its tasks come before those of messages. */
  isUrgent: boolean;
  /** The acknowledgement promises that no send of the assistant begins any more. */
  asksForSilence: boolean;
  timeoutMs: number;
}

/**
 * - `accepted`: Temporal has it, and what its acknowledgement promises is in effect.
 * - `not_in_effect`: Temporal has it, and no worker has stored it yet. The assistant may still send something.
 * - `rejected`: no workflow has it.
 */
export type InlineResult = "accepted" | "not_in_effect" | "rejected";

/** A worker that has Postgres usually stores the event within 0.2 s. Slack and others wait for 3 s for the acknowledgement. */
const STORED_WITHIN_MS = 500;

/** Throws where Temporal does not confirm the start in time. */
export async function startInlined(
  starter: Pick<WorkflowStarter, "startMessage">,
  start: InlinedStart,
  { isUrgent, timeoutMs }: Pick<InlineOptions, "isUrgent" | "timeoutMs">,
): Promise<void> {
  // The event is stored first; the workflow of a message waits for the rest of the quiet window then.
  await starter.startMessage({ ...start, conversationId: null, quietMs: 0, isUrgent, timeoutMs });
}

/**
 * Gives an event to Temporal that Postgres did not accept. A send may pass the gate of a worker until the event is in Postgres, so only then
 * the wait for the marks of such sends begins. They cannot be read from here.
 */
export function createInlineEvent({ starter, log }: InlineEventDependencies) {
  return async function inlineEvent(
    start: InlinedStart,
    { asksForSilence, ...options }: InlineOptions,
  ): Promise<InlineResult> {
    try {
      await startInlined(starter, start, options);
    } catch (error) {
      log.warn({ err: error, workflowId: start.workflowId }, "Temporal did not accept an inlined event");
      return "rejected";
    }
    if (!asksForSilence) return "accepted";
    if (!(await starter.awaitStored(start.workflowId, STORED_WITHIN_MS))) return "not_in_effect";
    await awaitAllFreshMarks();
    return "accepted";
  };
}

export type InlineEvent = ReturnType<typeof createInlineEvent>;

/** The vendor gets this instead of an acknowledgement. Nothing is lost, also where it never delivers the event again. */
export function createNotInEffect(): Problem {
  return new Problem(
    "not_in_effect",
    "The event is kept, and it is not in effect yet. Please deliver it again.",
  );
}
