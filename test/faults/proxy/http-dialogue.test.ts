import { Readable } from "node:stream";
import { request, Agent } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { openHttpPeer } from "../../support/http-peer.ts";
import { httpDialogue } from "./http-dialogue.ts";
import { loseAll, openProxy } from "./open-proxy.ts";
import { proxiedUrl } from "./proxied-url.ts";

async function open(answerAfterMs = 0) {
  const peer = await openHttpPeer((response) => {
    setTimeout(() => response.end("done"), answerAfterMs);
  });
  const proxy = await openProxy(peer.url, httpDialogue);
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const url = new URL("/things?a=1", proxiedUrl(peer.url, proxy)).href;
  const post = async (body: string, headersTimeout = 5_000) =>
    await request(url, { method: "POST", body, dispatcher, headersTimeout }).then(({ body: answer }) =>
      answer.text(),
    );
  return { peer, proxy, post, url, dispatcher };
}

it("a request whose answer was cut off arrived in full, and is the one that is counted", async () => {
  const { peer, proxy, post } = await open();
  expect(await post("first")).toBe("done");
  await proxy.inject([loseAll()]);
  await expect(post("second ".repeat(20_000))).rejects.toThrow();
  await proxy.heal();
  expect(await post("third")).toBe("done");
  expect(peer.requests.map(({ body }) => body.slice(0, 6))).toEqual(["first", "second", "third"]);
  expect(proxy.counts()).toEqual({ "lose_answer POST /things": 1 });
  expect(String(proxy.lost[0]?.request)).toContain("second");
});

it("a caller that is left hanging sees its own timeout", async () => {
  const { peer, proxy, post } = await open();
  await proxy.inject([loseAll({ left: "hanging" })]);
  await expect(post("one", 200)).rejects.toThrow("Headers Timeout");
  expect(peer.requests).toHaveLength(1);
});

it("a caller that is left hanging is cut off when the fault is healed", async () => {
  const { proxy, post } = await open();
  await proxy.inject([loseAll({ left: "hanging" })]);
  const outcome = expect(post("one")).rejects.toThrow("other side closed");
  await expect.poll(() => proxy.lost.length).toBe(1);
  await proxy.heal();
  await outcome;
  expect(await post("two")).toBe("done");
});

it("a cut after the end of the request comes while the server still works, and the server finishes", async () => {
  const { peer, proxy, post } = await open(300);
  await proxy.inject([loseAll({ when: "forwarded" })]);
  await expect(post("slow")).rejects.toThrow();
  expect(peer.requests.map(({ body }) => body)).toEqual(["slow"]);
});

it("a request in chunks ends with its last chunk", async () => {
  const { peer, proxy, url, dispatcher } = await open();
  const chunked = async () => {
    const pieces = async function* () {
      yield "one\r\n0\r\n\r\n";
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield "two";
    };
    const body = Readable.from(pieces());
    return await request(url, { method: "POST", body, dispatcher });
  };
  await (await chunked()).body.text();
  await proxy.inject([loseAll({ when: "forwarded" })]);
  await expect(chunked()).rejects.toThrow();
  await expect
    .poll(() => peer.requests.map(({ body }) => body))
    .toEqual(Array(2).fill("one\r\n0\r\n\r\ntwo"));
});

it("of many requests that share of them is hit, the same ones for the same seed", async () => {
  const { proxy, post } = await open();
  await proxy.inject([{ ...loseAll(), probability: 0.2 }]);
  let failures = 0;
  for (let i = 0; i < 100; i++) await post(`n${i}`).catch(() => failures++);
  expect(proxy.lost).toHaveLength(failures);
  expect(failures).toBeGreaterThan(8);
  expect(failures).toBeLessThan(35);
});
