import { expect, it, onTestFinished } from "vitest";
import { createWebPages } from "../../../../infra/cli/demo/web-pages.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import { eventually } from "../../../support/eventually.ts";
import { openHttpPeer, type PeerRequest } from "../../../support/http-peer.ts";

const configAt = (url: string) =>
  loadConfig({
    DATABASE_URL: "postgres://parley@127.0.0.1:5432/parley",
    OPENAI_API_KEY: "sk-test",
    PINECONE_API_KEY: "pc-test",
    PARLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    PARLEY_HASH_KEY: Buffer.alloc(32, 2).toString("base64"),
    PUBLIC_BASE_URL: url,
  });

const reply = (id: number, text: string) => `id: ${id}\nevent: reply\ndata: ${JSON.stringify({ text })}\n\n`;
const READY = "event: ready\ndata: {}\n\n";
const isSession = ({ path }: PeerRequest) => path === "/web/main/sessions";

it("a page with a broken stream reconnects as the same visitor, after the last event that it received", async () => {
  let streams = 0;
  const peer = await openHttpPeer((response, request) => {
    if (isSession(request)) {
      response.writeHead(201).end(JSON.stringify({ token: "pws1.t", conversation_id: "c1" }));
      return;
    }
    streams += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    // The second event is cut in the middle: the page has not received it.
    if (streams === 1) response.end(`${READY}${reply(7, "first")}id: 8\nevent: reply\nda`);
    else response.write(reply(8, "second"));
  });
  const pages = createWebPages(configAt(peer.url));
  onTestFinished(() => pages.close());
  await pages.open(["ada", "ada"]);
  const received: string[] = [];
  await eventually("both replies", async () => {
    received.push(...(await pages.pollNew()).map(({ to, text }) => `${to}: ${text}`));
    return received.length >= 2;
  });
  expect(received).toEqual(["ada: first", "ada: second"]);
  const resumed = peer.requests.filter((request) => !isSession(request));
  expect(resumed.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "7"]);
  const visitors = new Set(peer.requests.filter(isSession).map(({ body }) => body));
  expect(visitors.size).toBe(1);
});

it("a chat that refuses the page ends the run with what it said", async () => {
  const peer = await openHttpPeer((response) => {
    response.writeHead(403).end('{"code":"origin_refused"}');
  });
  await expect(createWebPages(configAt(peer.url)).open(["ada"])).rejects.toThrow("origin_refused");
});
