import { Readable } from "node:stream";
import { request, Agent } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { openHttpPeer } from "../../../../support/http-peer.ts";
import { openHttpReader } from "./http-protocol.ts";
import { loseAllResponses, openProxy } from "../open-proxy.ts";
import { urlThroughProxy } from "../proxied-url.ts";

async function openProxiedServer(answerAfterMs = 0) {
  const peer = await openHttpPeer((response) => {
    setTimeout(() => response.end("done"), answerAfterMs);
  });
  const proxy = await openProxy(peer.url, openHttpReader);
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const url = new URL("/things?a=1", urlThroughProxy(peer.url, proxy)).href;
  const post = async (body: string, headersTimeout = 5_000) =>
    await request(url, { method: "POST", body, dispatcher, headersTimeout }).then(({ body: answer }) =>
      answer.text(),
    );
  return { peer, proxy, post, url, dispatcher };
}

it("a request whose answer was cut off arrived in full, and is the one that is counted", async () => {
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

it("a caller that is left hanging sees its own timeout", async () => {
  const { peer, proxy, post } = await openProxiedServer();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging" })]);
  await expect(post("one", 200)).rejects.toThrow("Headers Timeout");
  expect(peer.requests).toHaveLength(1);
});

it("a caller that is left hanging is cut off when the fault is healed", async () => {
  const { proxy, post } = await openProxiedServer();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging" })]);
  const outcome = expect(post("one")).rejects.toThrow("other side closed");
  await expect.poll(() => proxy.lostResponses.length).toBe(1);
  await proxy.heal();
  await outcome;
  expect(await post("two")).toBe("done");
});

it("a cut after the end of the request comes while the server still works, and the server finishes", async () => {
  const { peer, proxy, post } = await openProxiedServer(300);
  await proxy.inject([loseAllResponses({ when: "forwarded" })]);
  await expect(post("slow")).rejects.toThrow();
  expect(peer.requests.map(({ body }) => body)).toEqual(["slow"]);
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

it("the configured share of requests is hit, and the same requests for the same seed", async () => {
  const { proxy, post } = await openProxiedServer();
  await proxy.inject([{ ...loseAllResponses(), probability: 0.2 }]);
  let failures = 0;
  for (let i = 0; i < 100; i++) await post(`n${i}`).catch(() => failures++);
  expect(proxy.lostResponses).toHaveLength(failures);
  expect(failures).toBeGreaterThan(8);
  expect(failures).toBeLessThan(35);
});
