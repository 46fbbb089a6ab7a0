import { setTimeout as sleep } from "node:timers/promises";
import { readDepartures } from "./environment/departures.ts";
import type { CampaignContext } from "./run-under-load.ts";
import { scriptFaults } from "./script-faults.ts";

/** The model is still fast enough for calls inside the workflow task. */
const CALL_MS = 2_500;
/** An older call may have its response before the fault. */
const SURELY_MS = 1_500;
/** A worker that was restarted needs a while on a busy machine. Without a call in this time the load is over. */
const WITHIN_MS = 30_000;
const POLL_MS = 100;

/** Slows the model and waits until a process makes a call, so that a fault that follows at once interrupts it. Returns the end of the slowness. */
export async function awaitModelCall(
  { faultSandbox: { sandbox, dataDir } }: Pick<CampaignContext, "faultSandbox">,
  process: string,
): Promise<() => Promise<void>> {
  const url = sandbox.urls.openai;
  const began = Date.now();
  const slow = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: CALL_MS } };
  await scriptFaults(url, [slow]);
  const slowAt = Date.now();
  const pid = sandbox.pidOf(process);
  const isInProgress = () =>
    readDepartures(dataDir, slowAt).some(
      (each) => each.pid === pid && each.path.endsWith("/responses") && each.at > Date.now() - SURELY_MS,
    );
  while (!isInProgress() && Date.now() < began + WITHIN_MS) await sleep(POLL_MS);
  return () => scriptFaults(url, []);
}
