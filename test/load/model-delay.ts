import type { Stack } from "../../infra/dev/stack.ts";

/** Makes the stand-in's model take so long for every answer from now on; 0 takes it back. Embeddings stay as they are. */
export async function delayModel({ urls }: Stack, delayMs: number): Promise<void> {
  const fault = { delay_ms: delayMs };
  const paths = ["/v1/responses", "/v1/chat/completions"];
  const script = delayMs === 0 ? [] : paths.map((path) => ({ match: { path }, times: null, fault }));
  const answer = await fetch(`${urls.openai}/__control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ script }),
  });
  if (!answer.ok) throw new Error(`The stand-in refused the fault script: ${await answer.text()}`);
}
