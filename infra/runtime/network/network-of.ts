import ipaddr from "ipaddr.js";

/**
 * Whom a limit per address means: an IPv4 address, or the /64 of an IPv6 address, since one customer of a provider has all of it.
 * What is no address is its own network.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
