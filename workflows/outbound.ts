import { sleep } from "@temporalio/workflow";
import { outboundSteps, messageSteps } from "./steps.ts";
import type { Delivered, HandoffEnd, HandoffInput, RepairInput, RepairOutcome, ReplyInput } from "./types.ts";

/** Delivers a turn that answers no inbound message. */
export async function reply({ turnId }: ReplyInput): Promise<Delivered> {
  return await messageSteps().deliver({ turnId });
}

/** Does what a late failure asks for; where that is to send the part again, it is sent here. */
export async function repair(input: RepairInput): Promise<RepairOutcome & { delivered: Delivered | null }> {
  const outcome = await outboundSteps().repair(input);
  if (outcome.turnId === null) return { ...outcome, delivered: null };
  return { ...outcome, delivered: await messageSteps().deliver({ turnId: outcome.turnId }) };
}

/** Gives the business's people a while to claim a conversation; where nobody does, the person is told and the assistant is back. */
export async function handoff(input: HandoffInput): Promise<HandoffEnd> {
  await sleep(input.timeoutS * 1_000, { summary: "· waits for somebody to claim it" });
  const end = await outboundSteps().endHandoff(input);
  if (end.turnId !== null) await messageSteps().deliver({ turnId: end.turnId });
  return end;
}
