import type { Vault } from "../../../db/connection/vault.ts";
import { isUnavailable, Problem } from "../../problem.ts";
import { asksForSilence, isUrgent } from "../asks-for-silence.ts";
import { createFirstArrivals, type FirstArrivalsDependencies } from "./first-arrivals.ts";
import type { IngestEvent } from "../ingest-event.ts";
import { createNotInEffect, type InlineEvent } from "./inline-event.ts";
import { isInlinable, planInlined } from "./plan-inlined.ts";

export interface IngestWithWorkflowDependencies extends FirstArrivalsDependencies {
  inlineEvent: InlineEvent;
  vault: Vault;
  log: { warn(details: object, message: string): void };
}

/** The workflow is the only store that has the event then. */
const TIMEOUT_MS = 2_000;

/** Works like `ingestEvent`, for an ingress without a spool: what Postgres does not accept is inlined in the start of a workflow. */
export function createIngestWithWorkflow({
  ingestEvent,
  inlineEvent,
  vault,
  toDatabaseTime,
  log,
}: IngestWithWorkflowDependencies): IngestEvent {
  const firstArrivals = createFirstArrivals({ ingestEvent, vault, toDatabaseTime });

  return async function ingestWithWorkflow(account, event, context) {
    try {
      return await firstArrivals.ingestEvent(account, event, context);
    } catch (error) {
      if (!isUnavailable(error) || !isInlinable(event)) throw error;
      const arrived = firstArrivals.recordArrival(account, event, context);
      const start = planInlined(vault, account, event, arrived);
      log.warn(
        { err: error, workflowId: start.workflowId },
        "Postgres did not accept an event; it is inlined in its workflow",
      );
      const options = {
        isUrgent: isUrgent(event, account),
        asksForSilence: asksForSilence(event, account),
        timeoutMs: TIMEOUT_MS,
      };
      const result = await inlineEvent(start, options);
      if (result === "accepted") return "inlined";
      if (result === "not_in_effect") throw createNotInEffect();
      throw new Problem(
        "unavailable",
        "Neither Postgres nor Temporal has confirmed the event. Please deliver it again.",
      );
    }
  };
}
