import { patched, sleep } from "@temporalio/workflow";
import { poisonReason } from "./poison.ts";
import { messageSteps, outboundSteps } from "./steps.ts";
import type {
  DeliverResult,
  HandoffResult,
  HandoffInput,
  RepairInput,
  RepairResult,
  ReplyInput,
} from "./types.ts";

/** Delivers a turn that answers no inbound message. */
export async function reply({ turnId }: ReplyInput): Promise<DeliverResult> {
  const steps = messageSteps();
  try {
    return await steps.deliver({ turnId });
  } catch (error) {
    const reason = poisonReason(error);
    if (reason === null) throw error;
    return await steps.deadLetterTurn({ turnId, reason });
  }
}

/** Does what a late failure asks for. The turn that sends the part again is delivered by its own `reply`. */
export async function repair(input: RepairInput): Promise<RepairResult> {
  const outcome = await outboundSteps().repair(input);
  await deliverInOldRuns(outcome);
  return outcome;
}

/** Gives the business's people a while to claim a conversation; where nobody does, the assistant is back and a `reply` says so. */
export async function handoff(input: HandoffInput): Promise<HandoffResult> {
  await sleep(input.timeoutS * 1_000, { summary: "· waits for an agent to take over" });
  const end = await outboundSteps().endHandoff(input);
  await deliverInOldRuns(end);
  return end;
}

/** Runs that are older than this patch delivered the turn themselves: beside them the sweeper started a `reply` for the same turn. */
async function deliverInOldRuns({ turnId }: { turnId: string | null }): Promise<void> {
  if (turnId === null || patched("reply-delivers-alone")) return;
  await messageSteps().deliver({ turnId });
}
