import type { FaultScript } from "../../../infra/sandbox/fakes/server/fault-script.ts";

/** Sends a fake, which runs in its own process, the faults for its next requests. */
export async function scriptFaults(url: string, script: FaultScript): Promise<void> {
  const body = JSON.stringify({ script });
  const response = await fetch(`${url}/__control/faults`, { method: "POST", body });
  if (!response.ok) throw new Error(`The fake rejected the script: ${await response.text()}`);
}

/** How often each item of the script has fired. */
export async function readFiredFaults(url: string): Promise<number[]> {
  const response = await fetch(`${url}/__control/faults`);
  const { script } = (await response.json()) as { script: { fired: number }[] };
  return script.map(({ fired }) => fired);
}

/** Every completion takes this time, ms; 0 ends it. */
export async function delayModel(url: string, delayMs: number): Promise<void> {
  const delay = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: delayMs } };
  await scriptFaults(url, delayMs === 0 ? [] : [delay]);
}
