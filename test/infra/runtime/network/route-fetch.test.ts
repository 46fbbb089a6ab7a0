import { readFileSync } from "node:fs";
import { getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterEach, expect, it } from "vitest";
import { createEmbeddingClient } from "../../../../activities/answer/model/embedding-client.ts";
import { connectVectors } from "../../../../db/knowledge/vectors.ts";
import { routeFetch } from "../../../../infra/runtime/network/route-fetch.ts";
import { readSources } from "../../../check/source-files.ts";
import { createTestEmbeddings } from "../../../support/activities/model-calls.ts";
import { openHttpPeer, respondWith } from "../../../support/http-peer.ts";
import { openHttpProxy } from "../../../support/servers/http-proxy.ts";

const before = getGlobalDispatcher();
afterEach(() => setGlobalDispatcher(before));

it("the calls to the model and to Pinecone go through the proxy, and calls to this machine do not", async () => {
  const peer = await openHttpPeer((response) => response.writeHead(418).end("{}"));
  const proxy = await openHttpProxy({ port: Number(peer.host.split(":")[1]) });
  routeFetch({ HTTP_PROXY: proxy.url, NO_PROXY: "skipped.test" });
  expect((await fetch(`${peer.url}/local`)).status).toBe(418);
  expect(proxy.requests).toEqual([]);
  const model = createEmbeddingClient(createTestEmbeddings("http://model.test/v1"));
  const { signal } = new AbortController();
  await expect(model.embed({ model: "m", dimensions: 3, texts: ["a"], signal })).rejects.toThrow("418");
  const vectors = connectVectors({
    apiKey: "key",
    controllerHost: "http://vectors.test",
    cloud: "aws",
    region: "r",
  });
  const version = { id: "v", embeddingModel: "m", dimensions: 3, pineconeIndex: "parley" };
  await expect(vectors.ensureIndex(version)).rejects.toThrow();
  expect(proxy.requests).toEqual(["POST http://model.test/v1/embeddings", "GET http://vectors.test/indexes"]);
});

it("a call to an https URL is a tunnel, and a refusal of the proxy fails the call", async () => {
  const peer = await openHttpPeer(respondWith(200));
  const proxy = await openHttpProxy({ port: Number(peer.host.split(":")[1]), decide: () => 403 });
  routeFetch({ HTTPS_PROXY: proxy.url });
  await expect(fetch("https://model.test/v1")).rejects.toThrow();
  expect(proxy.requests).toEqual(["CONNECT model.test:443"]);
  expect(peer.requests).toEqual([]);
});

it("every command loads its settings in the way that routes its calls", () => {
  const files = readSources().filter(
    ({ path }) => path.startsWith("infra/cli/commands/") || path === "infra/cli/run-command.ts",
  );
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter(({ text }) => /\bloadConfig\b/.test(text)).map(({ path }) => path)).toEqual([]);
  expect(readFileSync("infra/cli/load-process-config.ts", "utf8")).toContain("routeFetch(config)");
});
