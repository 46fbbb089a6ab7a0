import ipaddr from "ipaddr.js";

/**
 * The key of a limit per address: an IPv4 address, or the /64 of an IPv6 address, because one customer of a provider has a whole /64. A
 * text that is no address is its own key.
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
