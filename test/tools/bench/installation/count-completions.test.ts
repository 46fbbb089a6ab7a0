import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { watchCompletions } from "./count-completions.ts";

const requests: { seq: number; path: string; status: number }[] = [];
const server = createServer(({ url = "" }, response) => {
  const since = Number(new URL(url, "http://localhost").searchParams.get("since"));
  const body = { requests: requests.filter(({ seq }) => seq > since), next: requests.length };
  response.end(JSON.stringify(body));
}).listen(0, "127.0.0.1");

afterEach(() => server.close());

it("a round with more replies than completed model calls is no measurement", async () => {
  const addRequest = (path: string, status: number) =>
    requests.push({ seq: requests.length + 1, path, status });
  const urls = { openai: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  addRequest("/v1/responses", 200);
  const requireCompletions = await watchCompletions({ urls } as Pick<Sandbox, "urls">);
  addRequest("/v1/responses", 200);
  addRequest("/v1/responses", 503);
  addRequest("/v1/embeddings", 200);
  await requireCompletions(1);
  await expect(requireCompletions(2)).rejects.toThrow("completed 1 requests for 2 messages");
});
