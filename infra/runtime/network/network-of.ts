import ipaddr from "ipaddr.js";
import { parseAddress } from "./parse-address.ts";

/**
 * The key of a limit per address: an IPv4 address, or the /64 of an IPv6 address, because one customer of a provider has a whole /64.
 * Texts that are no address have one key: a proxy passes them on, so a caller could write a new one for each request.
 */
export function networkOf(text: string): string {
  const address = parseAddress(text);
  if (address === null) return "unknown";
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  const prefix = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(":")}::/64`;
}
