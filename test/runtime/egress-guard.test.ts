import type { ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  createEgressGuard,
  EgressFailed,
  type EgressOptions,
  EgressRefused,
  type EgressRequest,
} from "../../infra/runtime/egress-guard.ts";
import { openHttpPeer } from "../support/http-peer.ts";

const CLOUD_METADATA = "169.254.169.254";

function guardWith(options: Partial<EgressOptions> = {}) {
  const guard = createEgressGuard({ allowHttp: false, allowedHosts: [], resolve: nowhere, ...options });
  onTestFinished(async () => await guard.close());
  return {
    call: async (url: string, more: Partial<EgressRequest> = {}) =>
      await guard.request({
        method: "POST",
        url,
        headers: { "content-type": "text/plain" },
        body: "hello",
        signal: new AbortController().signal,
        ...more,
      }),
  };
}

/** No test may ask a real name server. */
async function nowhere(name: string): Promise<never> {
  throw Object.assign(new Error(`${name} is unknown`), { code: "ENOTFOUND" });
}

const leadsTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

const failure = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => "no failure",
    (error: unknown) => error,
  );

const failed = (mayHaveExecuted: boolean) =>
  expect.objectContaining({ name: "EgressFailed", mayHaveExecuted }) as unknown;

/** Answers with `status` at once. */
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end("done");
  };

describe("a target is refused before any connection", () => {
  test.each([
    "",
    "not a url",
    "/relative",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "http://example.com/",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://:password@example.com/",
    "https://example.com:22/",
    "https://example.com:80/",
    "https://example.com:6379/",
  ])("%j", async (url) => {
    expect(await failure(guardWith().call(url))).toBeInstanceOf(EgressRefused);
  });

  test.each([
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0x7f.0.0.0x1",
    "0",
    "１２７.０.０.１",
    "127。0。0。1",
    "10.0.0.1",
    "100.64.0.1",
    CLOUD_METADATA,
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
    "[fc00::1]",
    "[fe80::1]",
    "[ff02::1]",
  ])("the literal %s", async (host) => {
    for (const url of [`https://${host}/`, `https://${host}:8443/`])
      expect(await failure(guardWith().call(url))).toBeInstanceOf(EgressRefused);
    expect(await failure(guardWith({ allowHttp: true }).call(`http://${host}/`))).toBeInstanceOf(
      EgressRefused,
    );
  });

  test.each([
    ["a private address", ["10.0.0.1"]],
    ["our own machine", ["127.0.0.1"]],
    ["the cloud's metadata", [CLOUD_METADATA]],
    ["a mapped address", ["::ffff:127.0.0.1"]],
    ["a compatible address", ["::7f00:1"]],
    ["a good and a bad address", ["1.1.1.1", "10.0.0.1"]],
    ["a bad and a good address", ["fc00::1", "1.1.1.1"]],
    ["nothing", []],
  ])("a name that leads to %s", async (_what, addresses) => {
    const guard = guardWith({ resolve: leadsTo(...addresses) });
    expect(await failure(guard.call("https://hooks.example.com/in"))).toBeInstanceOf(EgressRefused);
    expect(await failure(guard.call("https://hooks.example.com./in"))).toBeInstanceOf(EgressRefused);
  });

  test("a private server that listens is never reached, by literal or by name", async () => {
    const peer = await openHttpPeer(status(200));
    const port = peer.host.split(":")[1] ?? "";
    const guard = guardWith({ allowHttp: true, resolve: leadsTo("127.0.0.1") });
    for (const host of [
      "127.0.0.1",
      "127.1",
      "2130706433",
      "localhost",
      "rebound.example.com",
      "[::ffff:127.0.0.1]",
    ])
      expect(await failure(guard.call(`http://${host}:${port}/`))).toBeInstanceOf(EgressRefused);
    expect(peer.requests).toEqual([]);
  });

  test("the error does not tell what the name led to", async () => {
    const error = await failure(
      guardWith({ resolve: leadsTo("10.9.8.7") }).call("https://hooks.example.com/"),
    );
    expect(String(error)).not.toMatch(/10\.9\.8\.7|hooks\.example/);
  });
});

describe("an allowed host", () => {
  test("is called with method, headers and body as given", async () => {
    const peer = await openHttpPeer(status(202, { "retry-after": "7" }));
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
    const [allowed, other] = [await openHttpPeer(status(200)), await openHttpPeer(status(200))];
    const guard = guardWith({ allowHttp: true, allowedHosts: [allowed.host] });
    expect(await failure(guard.call(other.url))).toBeInstanceOf(EgressRefused);
    expect(other.requests).toEqual([]);
  });

  test("still needs https where http is not allowed", async () => {
    const peer = await openHttpPeer(status(200));
    expect(await failure(guardWith({ allowedHosts: [peer.host] }).call(peer.url))).toBeInstanceOf(
      EgressRefused,
    );
    expect(peer.requests).toEqual([]);
  });

  test("is resolved once, and the address that came back is the one that is called", async () => {
    const peer = await openHttpPeer(status(200));
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

  test.each([301, 302, 303, 307, 308])("of %i is not followed", async (code) => {
    const second = await openHttpPeer(status(200));
    const { outcome } = await callPeer(status(code, { location: second.url }));
    expect(outcome).toMatchObject({ status: code });
    expect(second.requests).toEqual([]);
  });

  test("is not read beyond 64 KiB, however much comes", async () => {
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

  test("is not decompressed", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const { outcome } = await callPeer((response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    });
    expect((outcome as { text: string }).text.length).toBeLessThanOrEqual(bomb.length);
  });

  test("that never begins ends at the deadline, and may have been executed", async () => {
    const { outcome, peer } = await callPeer(() => undefined, { timeoutMs: 200 });
    expect(outcome).toEqual(failed(true));
    expect(peer.requests).toHaveLength(1);
  });

  test("that drips a byte at a time ends at the deadline", async () => {
    const { outcome } = await callPeer(
      (response) => {
        const drip = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(drip));
      },
      { timeoutMs: 300 },
    );
    expect(outcome).toEqual(failed(true));
  });

  test("that is cut off may have been executed", async () => {
    expect((await callPeer((response) => response.destroy())).outcome).toEqual(failed(true));
    const cutInBody = (response: ServerResponse) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
    };
    expect((await callPeer(cutInBody)).outcome).toEqual(failed(true));
  });

  test("is given up when the caller cancels", async () => {
    const cancel = new AbortController();
    const peer = await openHttpPeer(() => cancel.abort());
    const guard = guardWith({ allowHttp: true, allowedHosts: [peer.host] });
    expect(await failure(guard.call(peer.url, { signal: cancel.signal }))).toEqual(failed(true));
  });
});

describe("a connection that was never made executed nothing", () => {
  test("because nobody listens", async () => {
    const server = createTcpServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise((resolve) => server.close(resolve));
    const one = guardWith({ allowHttp: true, allowedHosts: [`127.0.0.1:${port}`] });
    expect(await failure(one.call(`http://127.0.0.1:${port}/`))).toEqual(failed(false));
    // Two addresses are tried side by side, and the error is one of several errors.
    const host = `sink.internal:${port}`;
    const two = guardWith({
      allowHttp: true,
      allowedHosts: [host],
      resolve: leadsTo("127.0.0.1", "127.0.0.2"),
    });
    expect(await failure(two.call(`http://${host}/`))).toEqual(failed(false));
  });

  test("because the name is unknown", async () => {
    const error = await failure(guardWith().call("https://nowhere.example.com/"));
    expect(error).toEqual(failed(false));
    expect(error).toBeInstanceOf(EgressFailed);
    expect(String(error)).toContain("ENOTFOUND");
  });

  test("because the peer does not speak TLS", async () => {
    const peer = await openHttpPeer(status(200));
    const guard = guardWith({ allowedHosts: [peer.host] });
    expect(await failure(guard.call(`https://${peer.host}/`))).toEqual(failed(false));
    expect(peer.requests).toEqual([]);
  });
});
