import type { Vault } from "../../../db/connection/vault.ts";
import { networkOf } from "../../../infra/runtime/network/network-of.ts";

/** A network in keys and rows: a keyed hash, so that the address itself is not stored. */
export function hashNetwork(vault: Pick<Vault, "hash">, ip: string): string {
  return vault.hash(`web network\n${networkOf(ip)}`).toString("base64url");
}
