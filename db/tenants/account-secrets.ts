import type { ChannelAccount } from "./channel-account.ts";
import type { Vault } from "../connection/vault.ts";

/*
 * The secrets of a channel account, the current one of each direction first. While they are changed over the one before is accepted
 * too, so that no message is refused meanwhile; older ones have had their time.
 */

type Secrets = ChannelAccount["secrets"];

/** What is given anew; what is left out stays. */
export interface SecretsInput {
  inbound?: string | undefined;
  outbound?: string | undefined;
  handshake?: string | undefined;
}

export function createSecrets({ inbound, outbound, handshake }: SecretsInput): Secrets {
  return {
    inbound: inbound === undefined ? [] : [inbound],
    outbound: outbound === undefined ? [] : [outbound],
    ...(handshake === undefined ? {} : { handshake }),
  };
}

/** The new one in front of the one before. */
export function rotateSecrets(secrets: Secrets, given: SecretsInput): Secrets {
  const pair = (next: string | undefined, previous: readonly string[]) =>
    next === undefined || next === previous[0] ? previous : [next, ...previous.slice(0, 1)];
  const handshake = given.handshake ?? secrets.handshake;
  return {
    inbound: pair(given.inbound, secrets.inbound),
    outbound: pair(given.outbound, secrets.outbound),
    ...(handshake === undefined ? {} : { handshake }),
  };
}

/** The current ones alone. */
export function keepCurrentSecrets(secrets: Secrets): Secrets {
  return { ...secrets, inbound: secrets.inbound.slice(0, 1), outbound: secrets.outbound.slice(0, 1) };
}

/** Fingerprints tell one secret from another, by a keyed hash: who sees one cannot try out which secret it may be of. */
export function secretFingerprints(vault: Vault, { inbound, outbound, handshake }: Secrets) {
  const hashSecret = (secret: string) => vault.hash(`fingerprint\n${secret}`).toString("hex").slice(0, 12);
  return {
    inbound: inbound.map(hashSecret),
    outbound: outbound.map(hashSecret),
    handshake: handshake === undefined ? null : hashSecret(handshake),
  };
}
