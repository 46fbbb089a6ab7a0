import { expect, it } from "vitest";
import { networkOf } from "../../../../infra/runtime/network/network-of.ts";

it("limits an IPv4 address by itself and an IPv6 address by its /64, however it is written", () => {
  expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf("2001:db8:1:2:aaaa::1")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:0db8:0001:0002:bbbb:0:0:2")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:3::1")).not.toBe(networkOf("2001:db8:1:2::1"));
});
