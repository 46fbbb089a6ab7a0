import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** Makes the fake's model take so long for every answer from now on; 0 takes it back. Embeddings stay as they are. */
export async function delayModel({ urls }: Sandbox, delayMs: number): Promise<void> {
  const fault = { delay_ms: delayMs };
  const paths = ["/v1/responses", "/v1/chat/completions"];
  const script = delayMs === 0 ? [] : paths.map((path) => ({ match: { path }, times: null, fault }));
  const response = await fetch(`${urls.openai}/__control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ script }),
  });
  if (!response.ok) throw new Error(`The fake refused the fault script: ${await response.text()}`);
}
