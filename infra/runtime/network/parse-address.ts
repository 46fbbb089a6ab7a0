import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address with what proxies add to it in X-Forwarded-For: a port, brackets, quotes, a zone. */
const WITH_PORT = /^(?:(?<v4>[\d.]+)(?::\d{1,5})?|\[(?<bracketed>[^\]]+)\](?::\d{1,5})?|(?<bare>.+))$/;

/**
 * The address in a text, without its port; null for a text that is no address. An IPv4 address inside IPv6 is an IPv4 address. Short and
 * octal notations of IPv4 are refused: readers do not agree about them.
 */
export function parseAddress(text: string): Address | null {
  const { v4, bracketed, bare } = WITH_PORT.exec(text.trim().replaceAll('"', ""))?.groups ?? {};
  if (v4 !== undefined) return ipaddr.IPv4.isValidFourPartDecimal(v4) ? ipaddr.IPv4.parse(v4) : null;
  const [address = ""] = (bracketed ?? bare ?? "").split("%");
  if (!ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
}
