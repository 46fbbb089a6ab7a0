import type { ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EgressFailed, type EgressOptions } from "../../../../infra/runtime/network/egress-guard.ts";
import { EgressRefused } from "../../../../infra/runtime/network/egress-refused.ts";
import { respondWith, openHttpPeer } from "../../../support/http-peer.ts";
import { expectFailure, failure, guardWith, leadsTo } from "./guard-with.ts";

describe("an allowed host", () => {
  test("is called with method, headers and body as given", async () => {
    const peer = await openHttpPeer(respondWith(202, { "retry-after": "7" }));
    const answer = await guardWith({ allowHttp: true, allowedHosts: [peer.host] }).call(
      `${peer.url}/in?a=1`,
      {
        headers: { "webhook-id": "1" },
      },
    );
    expect(answer).toMatchObject({ status: 202, text: "done", headers: { "retry-after": "7" } });
    expect(peer.requests).toMatchObject([
      { method: "POST", path: "/in?a=1", body: "hello", headers: { "webhook-id": "1", host: peer.host } },
    ]);
  });

  test("is the exact host and port: another port of the same machine stays closed", async () => {
    const [allowed, other] = [await openHttpPeer(respondWith(200)), await openHttpPeer(respondWith(200))];
    const guard = guardWith({ allowHttp: true, allowedHosts: [allowed.host] });
    expect(await failure(guard.call(other.url))).toBeInstanceOf(EgressRefused);
    expect(other.requests).toEqual([]);
  });

  test("still needs https where http is not allowed", async () => {
    const peer = await openHttpPeer(respondWith(200));
    expect(await failure(guardWith({ allowedHosts: [peer.host] }).call(peer.url))).toBeInstanceOf(
      EgressRefused,
    );
    expect(peer.requests).toEqual([]);
  });

  test("is resolved once, and the address that came back is the one that is called", async () => {
    const peer = await openHttpPeer(respondWith(200));
    const host = `sink.internal:${peer.host.split(":")[1] ?? ""}`;
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return [{ address: asked.length === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    };
    const guard = guardWith({ allowHttp: true, allowedHosts: [host], resolve });
    expect(await guard.call(`http://${host}/`)).toMatchObject({ status: 200 });
    expect(asked).toEqual(["sink.internal"]);
    expect(peer.requests).toMatchObject([{ headers: { host } }]);
  });
});

describe("an answer", () => {
  const callPeer = async (
    answer: (response: ServerResponse) => void,
    options: Partial<EgressOptions> = {},
  ) => {
    const peer = await openHttpPeer(answer);
    const call = guardWith({ allowHttp: true, allowedHosts: [peer.host], ...options }).call(peer.url);
    return { peer, outcome: await call.catch((error: unknown) => error) };
  };

  test.each([301, 302, 303, 307, 308])("a redirect with status %i is not followed", async (code) => {
    const second = await openHttpPeer(respondWith(200));
    const { outcome } = await callPeer(respondWith(code, { location: second.url }));
    expect(outcome).toMatchObject({ status: code });
    expect(second.requests).toEqual([]);
  });

  test("a response is not read beyond 64 KiB", async () => {
    const chunk = Buffer.alloc(64 * 1024, "a");
    const { outcome } = await callPeer((response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    expect(outcome).toMatchObject({ status: 200 });
    expect((outcome as { text: string }).text).toHaveLength(64 * 1024);
  });

  test("a response is not decompressed", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const { outcome } = await callPeer((response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    });
    expect((outcome as { text: string }).text.length).toBeLessThanOrEqual(bomb.length);
  });

  test("a response that never begins ends at the deadline, and the call may have been executed", async () => {
    const { outcome, peer } = await callPeer(() => undefined, { timeoutMs: 200 });
    expect(outcome).toEqual(expectFailure(true));
    expect(peer.requests).toHaveLength(1);
  });

  test("a response that arrives byte by byte ends at the deadline", async () => {
    const { outcome } = await callPeer(
      (response) => {
        const drip = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(drip));
      },
      { timeoutMs: 300 },
    );
    expect(outcome).toEqual(expectFailure(true));
  });

  test("a call with a cut response may have been executed", async () => {
    expect((await callPeer((response) => response.destroy())).outcome).toEqual(expectFailure(true));
    const cutInBody = (response: ServerResponse) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
    };
    expect((await callPeer(cutInBody)).outcome).toEqual(expectFailure(true));
  });

  test("a call ends when the caller cancels it", async () => {
    const cancel = new AbortController();
    // The answer comes all the same: who does not listen to the caller would get it.
    const peer = await openHttpPeer((response) => {
      cancel.abort();
      setTimeout(() => response.end(), 200);
    });
    const guard = guardWith({ allowHttp: true, allowedHosts: [peer.host] });
    expect(await failure(guard.call(peer.url, { signal: cancel.signal }))).toEqual(expectFailure(true));
  });
});

test("a call whose time was up before it began is not made, and executed nothing", async () => {
  const peer = await openHttpPeer(respondWith(200));
  const guard = guardWith({ allowHttp: true, allowedHosts: [peer.host] });
  expect(await failure(guard.call(peer.url, { signal: AbortSignal.abort() }))).toEqual(expectFailure(false));
  expect(peer.requests).toEqual([]);
});

test("a call whose time was up while it waited for its connection is not sent on it, and executed nothing", async () => {
  const peer = await openHttpPeer(respondWith(200));
  const host = peer.host.replace("127.0.0.1", "slow.test");
  const resolve = async () => {
    await new Promise((done) => setTimeout(done, 300));
    return [{ address: "127.0.0.1", family: 4 }];
  };
  const guard = guardWith({ allowHttp: true, allowedHosts: [host], timeoutMs: 100, resolve });
  expect(await failure(guard.call(`http://${host}/`))).toEqual(expectFailure(false));
  expect(peer.requests).toEqual([]);
});

test("a call reports that its request is on the connection, before the response", async () => {
  const begun = Promise.withResolvers<void>();
  const peer = await openHttpPeer((response) => void begun.promise.then(() => respondWith(200)(response)));
  const guard = guardWith({ allowHttp: true, allowedHosts: [peer.host] });
  const signal = Object.assign(new AbortController().signal, { onBegin: () => begun.resolve() });
  expect(await guard.call(peer.url, { signal })).toMatchObject({ status: 200 });
});

test("a call that has to begin by a time sends nothing later, and the next call uses its connection", async () => {
  const peer = await openHttpPeer(respondWith(200));
  const host = peer.host.replace("127.0.0.1", "slow.test");
  let lookups = 0;
  const resolve = async () => {
    lookups += 1;
    await new Promise((done) => setTimeout(done, 300));
    return [{ address: "127.0.0.1", family: 4 }];
  };
  const guard = guardWith({ allowHttp: true, allowedHosts: [host], resolve });
  const beginWithin = (ms: number) =>
    Object.assign(new AbortController().signal, { beginByMs: performance.now() + ms });
  const late = await failure(guard.call(`http://${host}/`, { signal: beginWithin(100) }));
  expect(late).toMatchObject({ name: "EgressLate" });
  expect(peer.requests).toEqual([]);
  await guard.call(`http://${host}/`, { signal: beginWithin(250) });
  expect(peer.requests).toHaveLength(1);
  expect(lookups).toBe(1);
});

describe("a connection that was never made executed nothing", () => {
  test("a refused connection executed nothing", async () => {
    const server = createTcpServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise((resolve) => server.close(resolve));
    const one = guardWith({ allowHttp: true, allowedHosts: [`127.0.0.1:${port}`] });
    expect(await failure(one.call(`http://127.0.0.1:${port}/`))).toEqual(expectFailure(false));
    // Two addresses are tried concurrently, and the error is one of several errors.
    const host = `sink.internal:${port}`;
    const two = guardWith({
      allowHttp: true,
      allowedHosts: [host],
      resolve: leadsTo("127.0.0.1", "127.0.0.2"),
    });
    expect(await failure(two.call(`http://${host}/`))).toEqual(expectFailure(false));
  });

  test("a call to an unknown name executed nothing", async () => {
    const error = await failure(guardWith().call("https://nowhere.example.com/"));
    expect(error).toEqual(expectFailure(false));
    expect(error).toBeInstanceOf(EgressFailed);
    expect(String(error)).toContain("ENOTFOUND");
  });

  test("a call to a peer without TLS executed nothing", async () => {
    const peer = await openHttpPeer(respondWith(200));
    const guard = guardWith({ allowedHosts: [peer.host] });
    expect(await failure(guard.call(`https://${peer.host}/`))).toEqual(expectFailure(false));
    expect(peer.requests).toEqual([]);
  });
});
