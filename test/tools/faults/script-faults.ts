import type { FaultScript } from "../../../infra/sandbox/fakes/server/fault-script.ts";

/** Tells a fake, which is a process of its own, what to do to its next requests. */
export async function scriptFaults(url: string, script: FaultScript): Promise<void> {
  const body = JSON.stringify({ script });
  const response = await fetch(`${url}/__control/faults`, { method: "POST", body });
  if (!response.ok) throw new Error(`The fake did not take the script: ${await response.text()}`);
}

/** How often each item of the script has fired. */
export async function readFiredFaults(url: string): Promise<number[]> {
  const response = await fetch(`${url}/__control/faults`);
  const { script } = (await response.json()) as { script: { fired: number }[] };
  return script.map(({ fired }) => fired);
}
