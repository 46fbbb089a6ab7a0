import { expect, test } from "vitest";
import { isPublicAddress } from "../../../../infra/runtime/network/public-address.ts";

/** First and last address of each range that a webhook may not lead to. */
const DENIED = [
  ["0/8", "0.0.0.0", "0.255.255.255"],
  ["10/8", "10.0.0.0", "10.255.255.255"],
  ["100.64/10", "100.64.0.0", "100.127.255.255"],
  ["127/8", "127.0.0.0", "127.255.255.255"],
  ["169.254/16", "169.254.0.0", "169.254.169.254", "169.254.255.255"],
  ["172.16/12", "172.16.0.0", "172.31.255.255"],
  ["192.0.0/24", "192.0.0.0", "192.0.0.255"],
  ["192.0.2/24", "192.0.2.0", "192.0.2.255"],
  ["192.88.99/24", "192.88.99.0", "192.88.99.255"],
  ["192.168/16", "192.168.0.0", "192.168.255.255"],
  ["198.18/15", "198.18.0.0", "198.19.255.255"],
  ["198.51.100/24", "198.51.100.0", "198.51.100.255"],
  ["203.0.113/24", "203.0.113.0", "203.0.113.255"],
  ["224/4", "224.0.0.0", "239.255.255.255"],
  ["240/4", "240.0.0.0", "255.255.255.255"],
  ["unspecified", "::", "0:0:0:0:0:0:0:0"],
  ["loopback", "::1", "0:0:0:0:0:0:0:1"],
  ["mapped", "::ffff:127.0.0.1", "::ffff:a00:1", "::ffff:169.254.169.254"],
  ["compatible", "::127.0.0.1", "::7f00:1", "::a00:1", "::192.168.0.1"],
  ["translated", "::ffff:0:127.0.0.1", "::ffff:0:a00:1"],
  ["NAT64", "64:ff9b::", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b::ffff:ffff"],
  ["local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
  ["Azure WireServer", "168.63.129.16"],
  ["dummy prefix", "100:0:0:1::", "100::1:ffff:ffff:ffff:ffff"],
  ["IETF assignments", "2001:2::1", "2001:5::1", "2001:1ff:ffff::1"],
  ["discard", "100::", "100::ffff:ffff:ffff:ffff"],
  ["Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff::"],
  ["6to4", "2002::", "2002:7f00:1::", "2002:ffff::1"],
  ["segment routing", "5f00::", "5f00:ffff::1"],
  ["unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["link local", "fe80::", "fe80::1%eth0", "febf:ffff::1"],
  ["site local", "fec0::", "feff:ffff::1"],
  ["multicast", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

test.each(DENIED.map(([range, ...addresses]) => ({ range, addresses })))(
  "$range is not public",
  ({ addresses }) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([]);
  },
);

/** The neighbours of those ranges, and well-known servers. */
const PUBLIC = [
  ["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
  [
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
  ],
  ["192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255"],
  ["198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "1.1.1.1", "8.8.8.8"],
  ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2001:4:112::1", "2620:4f:8000::1"],
  [
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
  ],
  ["2a00:1450:4001:81b::200e", "3ffe::1", "::ffff:8.8.8.8"],
];

test.each(PUBLIC.map((addresses) => ({ addresses })))("$addresses are public", ({ addresses }) => {
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

test.each(["", "example.com", "localhost", "1.2.3.4.5", "[::1]", "::g"])("%j is no address", (text) => {
  expect(isPublicAddress(text)).toBe(false);
});
