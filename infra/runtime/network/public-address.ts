import ipaddr from "ipaddr.js";

/** Ranges that ipaddr.js calls unicast but that are not the public internet. */
const EXTRA = ["192.88.99.0/24", "3fff::/20", "5f00::/16", "fec0::/10", "64:ff9b:1::/48", "100::/64"].map(
  (range) => ipaddr.parseCIDR(range),
);

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
  return !EXTRA.some(
    ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
  );
}

/** `::a.b.c.d` is an old notation of an IPv4 address, which ipaddr.js does not recognise. */
function unwrapIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  const isCompatible = address instanceof ipaddr.IPv6 && address.match(COMPATIBLE);
  return isCompatible ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}
