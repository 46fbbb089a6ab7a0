import { proxyActivities } from "@temporalio/workflow";
import type { MessageActivities } from "../../../../../../activities/contract.ts";
import { converse } from "../../../../../../workflows/message.ts";
import type { MessageSteps } from "../../../../../../workflows/steps.ts";
import type { MessageInput, MessageOutcome } from "../../../../../../workflows/types.ts";

interface NaiveActivities extends MessageActivities {
  store(input: MessageInput): Promise<void>;
}

/** The usual first version: seven steps, each a normal activity on one queue. It is the yardstick of the benchmark. */
export async function message(input: MessageInput): Promise<MessageOutcome> {
  const steps = proxyActivities<NaiveActivities>({ startToCloseTimeout: "30s" });
  await steps.store(input);
  const { admit, retrieve, screen, record, deliver, deadLetterTurn } = steps;
  const generate: MessageSteps["generate"] = (step) => steps.generate(step);
  return await converse({ admit, retrieve, generate, screen, record, deliver, deadLetterTurn }, input);
}
