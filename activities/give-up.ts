import { activityInfo, Context } from "@temporalio/activity";
import { giveUpTurn } from "../db/give-up-turn.ts";
import type { Database } from "../db/postgres.ts";
import { openTurnOf } from "../db/turns.ts";
import type { Delivered } from "../workflows/types.ts";
import type { GiveUpStep } from "./contract.ts";

/** The end of a turn that fails alike each time: a dead letter, and whoever waits behind it goes on. */
export function createGiveUp({ db }: { db: Database }) {
  return async function giveUp({ turnId, reason }: GiveUpStep): Promise<Delivered> {
    const end = { outcome: "failed", reason } as const;
    // A step that failed before the workflow was told of its turn: the turn knows its workflow.
    const id = turnId ?? (await openTurnOf(db, activityInfo().workflowExecution?.workflowId ?? ""));
    if (id === null) return { ...end, more: false };
    Context.current().log.error("a turn failed alike each time and is a dead letter now", {
      turnId: id,
      reason,
    });
    return { ...end, ...(await giveUpTurn(db, { turnId: id, reason })) };
  };
}
