import { setTimeout as sleep } from "node:timers/promises";
import type { CampaignContext } from "./run-under-load.ts";
import { readFiredFaults, scriptFaults } from "./script-faults.ts";

/** The model is still fast enough for calls inside the workflow task. */
const CALL_MS = 2_500;
/** A call that arrived longer ago may have its response before the fault. */
const SURELY_MS = 1_800;
/** A worker that was restarted needs a while on a busy machine. Without a call in this time the load is over. */
const WITHIN_MS = 30_000;
const POLL_MS = 50;

export interface SlowCalls {
  /** The calls that had arrived at the model and had no response. */
  inProgress: number;
  /** The model responds as fast as before to new calls. */
  end(): Promise<void>;
}

/** Slows the model and waits until it works on some calls, so that a fault that follows at once interrupts them. */
export async function awaitModelCalls(
  { faultSandbox: { sandbox } }: Pick<CampaignContext, "faultSandbox">,
  calls = 1,
): Promise<SlowCalls> {
  const url = sandbox.urls.openai;
  const slow = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: CALL_MS } };
  await scriptFaults(url, [slow]);
  // A call counts when it arrives. Its response leaves later by the whole delay.
  const arrivals: number[] = [];
  const countInProgress = () => arrivals.filter((at) => at > Date.now() - SURELY_MS).length;
  for (const deadline = Date.now() + WITHIN_MS; countInProgress() < calls && Date.now() < deadline;) {
    await sleep(POLL_MS);
    const [fired = 0] = await readFiredFaults(url);
    while (arrivals.length < fired) arrivals.push(Date.now());
  }
  return { inProgress: countInProgress(), end: () => scriptFaults(url, []) };
}
