import ipaddr from "ipaddr.js";
import { type Address, parseAddress } from "./parse-address.ts";

type Network = [Address, number];

/** Names for the networks of one machine and one site. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** True for a name above, an address, or a network in CIDR notation. */
export function isProxyNetwork(text: string): boolean {
  return Object.hasOwn(NAMED, text) || parseNetwork(text) !== null;
}

/**
 * Whether an address of X-Forwarded-For belongs to a proxy that we trust, so that the one before it counts. The address may have a port:
 * some proxies write one.
 */
export function createIsTrustedProxy(networks: readonly string[]): (text: string) => boolean {
  const trusted = networks
    .flatMap((name) => NAMED[name] ?? [name])
    .map(parseNetwork)
    .filter((network) => network !== null);
  return (text) => {
    const address = parseAddress(text);
    return address !== null && trusted.some((network) => isInside(address, network));
  };
}

function isInside(address: Address, [base, bits]: Network): boolean {
  return base.kind() === address.kind() && address.match([base, bits] as never);
}

/** A network of 0 bits would trust every caller, so it is none. */
function parseNetwork(text: string): Network | null {
  const [, base = "", mask] = /^([\d.]+|[\da-f]*:[\da-f]*:[\da-f:.]*)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const address = parseAddress(base);
  if (address === null) return null;
  const isIPv6 = address instanceof ipaddr.IPv6;
  const width = isIPv6 ? 128 : 32;
  const given = mask === undefined ? null : Number(mask);
  // The first 96 bits of an IPv4 address in the notation of IPv6 are the same for all of them.
  const isMapped = !isIPv6 && base.includes(":");
  const bits = given === null ? width : given - (isMapped ? 96 : 0);
  return bits >= 1 && bits <= width ? [address, bits] : null;
}
