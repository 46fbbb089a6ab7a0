import ipaddr from "ipaddr.js";

/** Ranges that ipaddr.js calls unicast but that are not the public internet. */
const EXTRA = [
  // Azure's WireServer, which gives a virtual machine its configuration and certificates.
  "168.63.129.16/32",
  "192.88.99.0/24",
  "64:ff9b:1::/48",
  "100::/64",
  // The dummy prefix of RFC 9780.
  "100:0:0:1::/64",
  // IETF protocol assignments. `REACHABLE` has their public parts.
  "2001::/23",
  "3fff::/20",
  "5f00::/16",
  "fec0::/10",
].map((range) => ipaddr.parseCIDR(range));

/** Parts of the ranges above that IANA's registry lists as globally reachable, and that host servers: AMT relays and AS112. */
const REACHABLE = ["2001:3::/32", "2001:4:112::/48"].map((range) => ipaddr.parseCIDR(range));

/** Special ranges that IANA's registries list as globally reachable. */
const PUBLIC = new Set(["unicast", "as112", "as112v6", "amt"]);
const COMPATIBLE = ipaddr.IPv6.parseCIDR("::/96");

/**
 * True only for an address of the public internet. An IPv4 address inside IPv6 (mapped or compatible) is judged as IPv4. NAT64, 6to4 and
 * Teredo are always refused.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = unwrapIPv4(ipaddr.process(text));
  if (!PUBLIC.has(address.range())) return false;
  return isInside(address, REACHABLE) || !isInside(address, EXTRA);
}

function isInside(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  ranges: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][],
): boolean {
  return ranges.some(
    ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
  );
}

/** `::a.b.c.d` is an old notation of an IPv4 address, which ipaddr.js does not recognise. */
function unwrapIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  const isCompatible = address instanceof ipaddr.IPv6 && address.match(COMPATIBLE);
  return isCompatible ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}
