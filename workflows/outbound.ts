import { continueAsNew, sleep } from "@temporalio/workflow";
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
  const steps = messageSteps(async () => await continueAsNew<typeof reply>({ turnId }));
  try {
    return await steps.deliver({ turnId });
  } catch (error) {
    const reason = poisonReason(error);
    if (reason === null) throw error;
    return await steps.deadLetterTurn({ turnId, reason });
  }
}

/** Handles a late failure. Where the part is sent again, the sweeper starts a `reply` for the new turn. */
export async function repair(input: RepairInput): Promise<RepairResult> {
  return await outboundSteps().repair(input);
}

/** Gives the agents time to take the conversation over. After that the assistant speaks again, and a `reply` informs the contact. */
export async function handoff(input: HandoffInput): Promise<HandoffResult> {
  await sleep(input.timeoutS * 1_000, { summary: "· waits for an agent to take over" });
  return await outboundSteps().endHandoff(input);
}
