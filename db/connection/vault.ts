/** Whose key a text is under: a contact with the wrapped data key from its row. */
export interface KeyOwner {
  contactId: string;
  dataKey: Buffer;
}

/**
 * Encryption as `db/` needs it; `infra/runtime/encryption/vault.ts` implements it. A label says what a ciphertext is ("inbound:{conversation}:{seq}"),
 * and is authenticated with it, so that a ciphertext moved to another row does not open.
 */
export interface Vault {
  /** A new data key for a contact, wrapped by the current master key. */
  newDataKey(contactId: string): Buffer;
  seal(owner: KeyOwner, label: string, text: string): Buffer;
  /** Throws what `isUnreadable` knows where the key, the label or a byte is not the one it was sealed with. */
  open(owner: KeyOwner, label: string, sealed: Buffer): string;
  sealForTenant(tenantId: string, label: string, text: string): Buffer;
  openForTenant(tenantId: string, label: string, sealed: Buffer): string;
  /** Keyed hash (HMAC-SHA-256, 32 bytes) by which an address is found without being stored in clear. */
  hash(value: string): Buffer;
}

/** True for what a vault throws where a ciphertext does not open: the key is destroyed or not configured, or the bytes are others. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.name === "Unreadable";
}

/** For a `catch`: null where it is that a ciphertext does not open; anything else is thrown again. */
export function nullIfUnreadable(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}
