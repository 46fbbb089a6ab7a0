import type { FaultScript } from "../../infra/dev/stand-ins/server/fault-script.ts";

/** Tells a stand-in, which is a process of its own, what to do to its next requests. */
export async function playFaults(url: string, script: FaultScript): Promise<void> {
  const body = JSON.stringify({ script });
  const answer = await fetch(`${url}/__control/faults`, { method: "POST", body });
  if (!answer.ok) throw new Error(`The stand-in did not take the script: ${await answer.text()}`);
}

/** How often each item of the script has fired. */
export async function firedFaults(url: string): Promise<number[]> {
  const answer = await fetch(`${url}/__control/faults`);
  const { script } = (await answer.json()) as { script: { fired: number }[] };
  return script.map(({ fired }) => fired);
}
