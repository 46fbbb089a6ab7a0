import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { request, Agent } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { openHttpPeer } from "../../../../support/http-peer.ts";
import { openHttpReader } from "./http-protocol.ts";
import { loseAllResponses, openProxy } from "../open-proxy.ts";
import { urlThroughProxy } from "../proxied-url.ts";
import type { Toxic } from "../toxic.ts";

async function openProxiedServer(
  respond: (response: ServerResponse) => void = (response) => response.end("done"),
) {
  const peer = await openHttpPeer(respond);
  const proxy = await openProxy(peer.url, openHttpReader);
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const url = new URL("/things?a=1", urlThroughProxy(peer.url, proxy)).href;
  const post = async (body: string, headersTimeout = 5_000) =>
    await request(url, { method: "POST", body, dispatcher, headersTimeout }).then(({ body: response }) =>
      response.text(),
    );
  return { peer, proxy, post, url, dispatcher };
}

it("a request that lost its response reaches the server in full, and only that request is counted", async () => {
  const { peer, proxy, post } = await openProxiedServer();
  expect(await post("first")).toBe("done");
  await proxy.inject([loseAllResponses()]);
  await expect(post("second ".repeat(20_000))).rejects.toThrow();
  await proxy.heal();
  expect(await post("third")).toBe("done");
  expect(peer.requests.map(({ body }) => body.slice(0, 6))).toEqual(["first", "second", "third"]);
  expect(proxy.counts()).toEqual({ "lose_response POST /things": 1 });
  expect(String(proxy.lostResponses[0]?.request)).toContain("second");
});

it("a hanging caller gets its own timeout", async () => {
  const { peer, proxy, post } = await openProxiedServer();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging" })]);
  await expect(post("one", 1_000)).rejects.toThrow("Headers Timeout");
  expect(peer.requests).toHaveLength(1);
});

it("a healed proxy disconnects a hanging caller", async () => {
  const { proxy, post } = await openProxiedServer();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging" })]);
  const outcome = expect(post("one")).rejects.toThrow("other side closed");
  await expect.poll(() => proxy.lostResponses.length).toBe(1);
  await proxy.heal();
  await outcome;
  expect(await post("two")).toBe("done");
});

it("the server can finish a request whose client is disconnected as soon as the request is forwarded", async () => {
  const working = Promise.withResolvers<ServerResponse>();
  const { peer, proxy, post } = await openProxiedServer(working.resolve);
  await proxy.inject([loseAllResponses({ when: "forwarded" })]);
  await expect(post("slow")).rejects.toThrow();
  const response = await working.promise;
  expect(peer.requests.map(({ body }) => body)).toEqual(["slow"]);
  expect(response.destroyed).toBe(false);
  response.end("done");
  await once(response, "finish");
});

it("a response that arrives before the cut does not reach the client of a forwarded request", async () => {
  const { peer, proxy, post } = await openProxiedServer();
  // The pause after the last piece is longer than the server needs.
  const pauseAfterRequest: Toxic = {
    kind: "slicer",
    probability: 1,
    direction: "up",
    pieceBytes: 10_000,
    delayMs: 300,
  };
  await proxy.inject([loseAllResponses({ when: "forwarded" }), pauseAfterRequest]);
  await expect(post("fast")).rejects.toThrow();
  expect(peer.requests.map(({ body }) => body)).toEqual(["fast"]);
  expect(proxy.counts()).toMatchObject({ "lose_response POST /things": 1 });
});

it("a request in chunks ends with its last chunk", async () => {
  const { peer, proxy, url, dispatcher } = await openProxiedServer();
  const readChunked = async () => {
    const pieces = async function* () {
      yield "one\r\n0\r\n\r\n";
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield "two";
    };
    const body = Readable.from(pieces());
    return await request(url, { method: "POST", body, dispatcher });
  };
  await (await readChunked()).body.text();
  await proxy.inject([loseAllResponses({ when: "forwarded" })]);
  await expect(readChunked()).rejects.toThrow();
  await expect
    .poll(() => peer.requests.map(({ body }) => body))
    .toEqual(Array(2).fill("one\r\n0\r\n\r\ntwo"));
});

it("a probability of 0.2 hits about a fifth of the requests", async () => {
  const { proxy, post } = await openProxiedServer();
  await proxy.inject([{ ...loseAllResponses(), probability: 0.2 }]);
  let failures = 0;
  for (let i = 0; i < 100; i++) await post(`n${i}`).catch(() => failures++);
  expect(proxy.lostResponses).toHaveLength(failures);
  expect(failures).toBeGreaterThan(8);
  expect(failures).toBeLessThan(35);
});
