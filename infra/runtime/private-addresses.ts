import ipaddr from "ipaddr.js";

/** Ranges that ipaddr.js calls unicast but that are not the public internet. */
const EXTRA = ["192.88.99.0/24", "3fff::/20", "5f00::/16", "fec0::/10", "64:ff9b:1::/48", "100::/64"].map(
  (range) => ipaddr.parseCIDR(range),
);

/** True only for an address of the public internet; IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as what it leads to. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== "unicast") return false;
  return !EXTRA.some(
    ([base, bits]) => base.kind() === address.kind() && address.match([base, bits] as never),
  );
}
