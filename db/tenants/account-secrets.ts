import type { ChannelAccount } from "./channel-account.ts";
import { reasonIfUnreadable, type Vault } from "../connection/vault.ts";

/*
 * The secrets of a channel account, the current one of each direction first. During a change the previous secret is accepted
 * too, so that no message is rejected. Older secrets are removed.
 */

export type Secrets = ChannelAccount["secrets"];

interface SealedSecrets {
  tenantId: string;
  channel: string;
  id: string;
  secrets: Buffer;
}

export function sealAccountSecrets(
  vault: Vault,
  { tenantId, channel, id, secrets }: Omit<SealedSecrets, "secrets"> & { secrets: Secrets },
): Buffer {
  return vault.sealForTenant(tenantId, `account:${channel}/${id}`, JSON.stringify(secrets));
}

/** One unreadable row must not hide the others of a list, so the reason is a value and not an error. */
export function openAccountSecrets(
  vault: Vault,
  { tenantId, channel, id, secrets }: SealedSecrets,
): { ok: true; secrets: Secrets } | { ok: false; reason: string } {
  try {
    const json = vault.openForTenant(tenantId, `account:${channel}/${id}`, secrets);
    return { ok: true, secrets: JSON.parse(json) as Secrets };
  } catch (error) {
    return { ok: false, reason: reasonIfUnreadable(error) };
  }
}

/** The new secrets. A missing one keeps its present value. */
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

/** The new secret, then the previous one. */
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

/** Only the current secrets. */
export function keepCurrentSecrets(secrets: Secrets): Secrets {
  return { ...secrets, inbound: secrets.inbound.slice(0, 1), outbound: secrets.outbound.slice(0, 1) };
}

/** A fingerprint distinguishes secrets by a keyed hash, so a reader cannot test guesses. */
export function secretFingerprints(vault: Vault, { inbound, outbound, handshake }: Secrets) {
  const hashSecret = (secret: string) => vault.hash(`fingerprint\n${secret}`).toString("hex").slice(0, 12);
  return {
    inbound: inbound.map(hashSecret),
    outbound: outbound.map(hashSecret),
    handshake: handshake === undefined ? null : hashSecret(handshake),
  };
}
