import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** The paths of the fake model that complete a text. */
export const COMPLETION_PATHS: readonly string[] = ["/v1/responses", "/v1/chat/completions"];

/** Delays every completion of the fake model; 0 ends the delay. Embeddings are not affected. */
export async function delayModel({ urls }: Sandbox, delayMs: number): Promise<void> {
  const fault = { delay_ms: delayMs };
  const script =
    delayMs === 0 ? [] : COMPLETION_PATHS.map((path) => ({ match: { path }, times: null, fault }));
  const response = await fetch(`${urls.openai}/__control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ script }),
  });
  if (!response.ok) throw new Error(`The fake rejected the fault script: ${await response.text()}`);
}
