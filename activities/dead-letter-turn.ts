import { activityInfo, Context } from "@temporalio/activity";
import { failTurn } from "../db/turns/finish-turn.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findOpenTurn } from "../db/turns/finish-turn.ts";
import type { DeliverResult } from "../workflows/types.ts";
import type { DeadLetterStep } from "./contract.ts";

/** Ends a turn with a permanent failure as a dead letter, so that the messages after it are answered. */
export function createDeadLetterTurn({ db, build }: { db: Database; build: string }) {
  return async function deadLetterTurn({ turnId, reason }: DeadLetterStep): Promise<DeliverResult> {
    const end = { outcome: "failed", reason } as const;
    // `admit` may fail after it has opened the turn; then only the database knows the turn of this workflow.
    const id = turnId ?? (await findOpenTurn(db, activityInfo().workflowExecution?.workflowId ?? ""));
    if (id === null) return { ...end, more: false };
    Context.current().log.error("a turn failed permanently and is a dead letter now", {
      turnId: id,
      reason,
    });
    return await failTurn(db, { turnId: id, reason, build });
  };
}
