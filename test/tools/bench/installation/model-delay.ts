import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** Delays every completion of the fake model; 0 ends the delay. Embeddings are not affected. */
export async function delayModel({ urls }: Sandbox, delayMs: number): Promise<void> {
  const fault = { delay_ms: delayMs };
  const paths = ["/v1/responses", "/v1/chat/completions"];
  const script = delayMs === 0 ? [] : paths.map((path) => ({ match: { path }, times: null, fault }));
  const response = await fetch(`${urls.openai}/__control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ script }),
  });
  if (!response.ok) throw new Error(`The fake rejected the fault script: ${await response.text()}`);
}
