import { describe, expect, test } from "vitest";
import { EgressRefused } from "../../../../infra/runtime/network/egress-refused.ts";
import { respondWith, openHttpPeer } from "../../../support/http-peer.ts";
import { failure, guardWith, leadsTo } from "./guard-with.ts";

const CLOUD_METADATA = "169.254.169.254";

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
  ])("the target %j is refused", async (url) => {
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
  ])("the literal address %s is refused", async (host) => {
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
  ])("a name that resolves to %s is refused", async (_what, addresses) => {
    const guard = guardWith({ resolve: leadsTo(...addresses) });
    expect(await failure(guard.call("https://hooks.example.com/in"))).toBeInstanceOf(EgressRefused);
    expect(await failure(guard.call("https://hooks.example.com./in"))).toBeInstanceOf(EgressRefused);
  });

  test("a private server that listens is never reached, by literal or by name", async () => {
    const peer = await openHttpPeer(respondWith(200));
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

  test("the error does not contain the address of the name", async () => {
    const error = await failure(
      guardWith({ resolve: leadsTo("10.9.8.7") }).call("https://hooks.example.com/"),
    );
    expect(String(error)).not.toMatch(/10\.9\.8\.7|hooks\.example/);
  });
});
