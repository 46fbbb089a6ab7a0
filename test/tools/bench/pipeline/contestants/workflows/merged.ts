import { proxyActivities } from "@temporalio/workflow";
import type { MessageInput } from "../../../../../../workflows/types.ts";

interface MergedActivities {
  merged(input: MessageInput): Promise<void>;
}

/** The cheapest shape in Temporal: all seven steps in one normal activity. After a crash, all steps run again, also the paid one. */
export async function message(input: MessageInput): Promise<void> {
  await proxyActivities<MergedActivities>({ startToCloseTimeout: "30s" }).merged(input);
}
