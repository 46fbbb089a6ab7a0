import ipaddr from "ipaddr.js";

/** Ranges that ipaddr.js calls unicast but that are not the public internet. */
const EXTRA = ["192.88.99.0/24", "3fff::/20", "5f00::/16", "fec0::/10", "64:ff9b:1::/48", "100::/64"].map(
  (range) => ipaddr.parseCIDR(range),
);

/** Ranges with a purpose of their own that are routed on the public internet all the same, by IANA's registries. */
const PUBLIC = new Set(["unicast", "as112", "as112v6", "amt"]);
const COMPATIBLE = ipaddr.IPv6.parseCIDR("::/96");

/**
 * True only for an address of the public internet. IPv4 inside IPv6, mapped or compatible, is judged as what it leads to;
 * NAT64, 6to4 and Teredo are refused whole.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = unwrapIPv4(ipaddr.process(text));
  if (!PUBLIC.has(address.range())) return false;
  return !EXTRA.some(
    ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
  );
}

/** `::a.b.c.d` is an old way to write an IPv4 address, and ipaddr.js sees nothing special in it. */
function unwrapIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  const isCompatible = address instanceof ipaddr.IPv6 && address.match(COMPATIBLE);
  return isCompatible ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}
