import * as fc from "fast-check";
import Fastify from "fastify";
import { expect, it } from "vitest";
import { networkOf } from "../../../../infra/runtime/network/network-of.ts";
import { createIsTrustedProxy, isProxyNetwork } from "../../../../infra/runtime/network/trusted-proxies.ts";

it("limits an IPv4 address by itself and an IPv6 address by its /64, however it is written", () => {
  expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("2001:db8:1:2:aaaa::1")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:0db8:0001:0002:bbbb:0:0:2")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:3::1")).not.toBe(networkOf("2001:db8:1:2::1"));
});

it("the port, the brackets, the quotes and the zone of an address do not make another network", () => {
  const ipv4 = [
    "203.0.113.9",
    "203.0.113.9:4711",
    " 203.0.113.9 ",
    '"203.0.113.9:80"',
    "[::ffff:203.0.113.9]:443",
  ];
  expect(new Set(ipv4.map(networkOf))).toEqual(new Set(["203.0.113.9"]));
  const ipv6 = [
    "2001:db8::1",
    "[2001:db8::1]",
    "[2001:db8::1]:443",
    '"[2001:db8::1]:443"',
    "2001:db8::1%eth0",
  ];
  expect(new Set(ipv6.map(networkOf))).toEqual(new Set(["2001:db8:0:0::/64"]));
});

it("all texts that are no address share one network", () => {
  const odd = [
    "",
    "unknown",
    "_hidden",
    "1",
    "0x7f.1",
    "010.0.0.1",
    "203.0.113.999",
    "203.0.113.9:port",
    "[2001:db8::1",
    "::1::",
    "a, b",
  ];
  for (const text of odd) expect(networkOf(text), text).toBe("unknown");
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      expect(networkOf(text)).toMatch(/^(unknown|\d+\.\d+\.\d+\.\d+|[\da-f:]+::\/64)$/);
    }),
  );
});

it("the first address that is not of a trusted proxy counts, in one header or in several, with ports or without", async () => {
  const app = Fastify({ trustProxy: createIsTrustedProxy(["loopback", "10.0.0.0/8", "2001:db8:ff::/48"]) });
  app.get("/", (request) => networkOf(request.ip));
  const read = async (...forwarded: string[]) =>
    (
      await app.inject({
        url: "/",
        remoteAddress: "127.0.0.1",
        headers: forwarded.length === 0 ? {} : { "x-forwarded-for": forwarded },
      })
    ).body;
  expect(await read()).toBe("127.0.0.1");
  expect(await read("203.0.113.9:4711")).toBe("203.0.113.9");
  expect(await read("203.0.113.9:4711, 10.1.2.3:80, [2001:db8:ff::7]:443")).toBe("203.0.113.9");
  expect(await read("198.51.100.1, 203.0.113.9, 10.1.2.3")).toBe("203.0.113.9");
  expect(await read("198.51.100.1, ::ffff:203.0.113.9, ::ffff:10.1.2.3")).toBe("203.0.113.9");
  expect(await read("203.0.113.9, not an address")).toBe("unknown");
  await app.close();
});

it("a network of trusted proxies has a mask within its width, and none of 0 bits", () => {
  for (const right of ["loopback", "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::1", "::ffff:10.0.0.1"])
    expect(isProxyNetwork(right), right).toBe(true);
  for (const wrong of [
    "10.0.0.0/33",
    "10.0.0.0/0",
    "10.0.0/8",
    "2001:db8::/129",
    "10.0.0.0/",
    "constructor",
    "proxy.internal",
    "10.0.0.1:80",
  ])
    expect(isProxyNetwork(wrong), wrong).toBe(false);
});
