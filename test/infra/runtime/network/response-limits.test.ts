import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createEmbeddingClient } from "../../../../activities/answer/model/embedding-client.ts";
import { createModelClient } from "../../../../activities/answer/model/model-client.ts";
import { connectVectors } from "../../../../db/knowledge/vectors.ts";
import { createEgressGuard } from "../../../../infra/runtime/network/egress-guard.ts";
import {
  createFetchWithLimit,
  MAX_CHANNEL_BYTES,
  MAX_CHECK_BYTES,
  MAX_COMPLETION_BYTES,
  MAX_SEARCH_BYTES,
  MAX_VECTORS_BYTES,
  ResponseTooLarge,
} from "../../../../infra/runtime/network/fetch-with-limit.ts";
import { isProduct, readSources } from "../../../check/source-files.ts";
import { openHttpPeer } from "../../../support/http-peer.ts";
import {
  createTestCall,
  createTestEmbeddings,
  createTestEndpoint,
} from "../../../support/activities/model-calls.ts";

/** Bytes that are on their way when the connection closes: buffers of both sockets. */
const IN_FLIGHT = 6 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, '{"a":"aaaaaaa"},');
/** Far above every limit, so that a client without one ends too. */
const END = 80 * 1024 * 1024;

/** A vendor whose bodies do not end before `END`. */
async function openEndlessVendor() {
  const written = { bytes: 0 };
  const peer = await openHttpPeer((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("[");
    const write = () => {
      while (written.bytes < END) {
        written.bytes += CHUNK.length;
        if (response.write(CHUNK)) continue;
        response.once("drain", write);
        return;
      }
      response.end();
    };
    write();
  });
  return { peer, written };
}

const signal = new AbortController().signal;
const createClient = (url: string, api: "responses" | "chat") =>
  createModelClient(createTestEndpoint(`${url}/v1`, { api }));
const VERSION = { id: "v1", embeddingModel: "m", dimensions: 3, pineconeIndex: "parley" };

/** Every client of the product that reads responses, with its limit. */
const CLIENTS: Readonly<
  Record<string, { limit: number; call(url: string, host: string): Promise<unknown> }>
> = {
  "the model by Responses": {
    limit: MAX_COMPLETION_BYTES,
    call: async (url) => await createClient(url, "responses").complete(createTestCall()),
  },
  "the model by Chat Completions": {
    limit: MAX_COMPLETION_BYTES,
    call: async (url) => await createClient(url, "chat").complete(createTestCall()),
  },
  embeddings: {
    limit: MAX_VECTORS_BYTES,
    call: async (url) =>
      await createEmbeddingClient(createTestEmbeddings(`${url}/v1`)).embed({
        model: "m",
        dimensions: 3,
        texts: ["a"],
        signal,
      }),
  },
  "the vector store": {
    limit: MAX_SEARCH_BYTES,
    call: async (url) =>
      await connectVectors({ apiKey: "key", controllerHost: url, cloud: "aws", region: "r" }).search(
        VERSION,
        {
          tenantId: "main",
          vector: [1, 0, 0],
          limit: 12,
        },
      ),
  },
  "the checks of doctor": {
    limit: MAX_CHECK_BYTES,
    call: async (url) => await (await createFetchWithLimit(MAX_CHECK_BYTES)(url)).text(),
  },
};

test.each(Object.keys(CLIENTS))("%s stops reading a body that does not end", async (name) => {
  const { peer, written } = await openEndlessVendor();
  const client = CLIENTS[name];
  if (client === undefined) throw new Error(`There is no client ${name}.`);
  await expect(client.call(peer.url, peer.host)).rejects.toThrow();
  expect(written.bytes).toBeLessThan(client.limit + IN_FLIGHT);
});

test("a channel or receiver whose body does not end is read up to its limit", async () => {
  const { peer, written } = await openEndlessVendor();
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [peer.host] });
  const { text } = await egress.request({ method: "POST", url: peer.url, headers: {}, body: "{}", signal });
  await egress.close();
  expect(text).toHaveLength(MAX_CHANNEL_BYTES);
  expect(written.bytes).toBeLessThan(MAX_CHANNEL_BYTES + IN_FLIGHT);
});

test("a small compressed body that expands is limited by its expanded size", async () => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const peer = await openHttpPeer((response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
  );
  const response = await createFetchWithLimit(MAX_COMPLETION_BYTES)(peer.url);
  await expect(response.text()).rejects.toBeInstanceOf(ResponseTooLarge);
});

/** Calls of a page, of the demo and of a process that starts go to their own servers. */
const WITHOUT_VENDOR = [
  "api/web/widget/",
  "infra/cli/demo/",
  "infra/sandbox/",
  "infra/runtime/network/warm-up-http.ts",
];
const LIMITED = "infra/runtime/network/fetch-with-limit.ts";

test("no other file of the product calls fetch or creates a vendor's client without the limited fetch", () => {
  const files = readSources().filter(
    ({ path }) => isProduct(path) && !WITHOUT_VENDOR.some((folder) => path.startsWith(folder)),
  );
  expect(files.map(({ path }) => path)).toContain(LIMITED);
  const unlimited = files.filter(({ path, text }) => {
    const createsClient = /new (OpenAI|Pinecone)\(/.test(text);
    const usesGlobal = /(?<!typeof )globalThis\.fetch/.test(text);
    const callsGlobal = /(?<![\w.])fetch\(/.test(text) && !/[{,]\s*fetch\s*[,}:]/.test(text);
    const givesFetch = /\bfetch(Api)?\s*[:,]/.test(text);
    return path !== LIMITED && (usesGlobal || callsGlobal || (createsClient && !givesFetch));
  });
  expect(unlimited.map(({ path }) => path)).toEqual([]);
});
