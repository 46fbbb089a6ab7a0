import { proxyActivities } from "@temporalio/workflow";
import type { MessageInput } from "../../../../../../workflows/types.ts";

interface MergedActivities {
  merged(input: MessageInput): Promise<void>;
}

/** The cheapest that Temporal offers: all seven steps in one normal activity. A crash runs all of them again, the paid one too. */
export async function message(input: MessageInput): Promise<void> {
  await proxyActivities<MergedActivities>({ startToCloseTimeout: "30s" }).merged(input);
}
