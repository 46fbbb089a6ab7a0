/** The owner of a data key: a contact with the wrapped key from its row. */
export interface KeyOwner {
  contactId: string;
  dataKey: Buffer;
}

/**
 * Encryption as `db/` needs it; `infra/runtime/encryption/vault.ts` implements it. The label names the place of a ciphertext
 * ("inbound:{conversation}:{seq}") and is authenticated, so a ciphertext that was moved to another row cannot be opened.
 */
export interface Vault {
  /** A new data key for a contact, wrapped by the current master key. */
  newDataKey(contactId: string): Buffer;
  seal(owner: KeyOwner, label: string, text: string): Buffer;
  /** Throws an error that `isUnreadable` recognises where the key, the label or a byte differs from the sealed one. */
  open(owner: KeyOwner, label: string, sealed: Buffer): string;
  sealForTenant(tenantId: string, label: string, text: string): Buffer;
  openForTenant(tenantId: string, label: string, sealed: Buffer): string;
  /** Keyed hash (HMAC-SHA-256, 32 bytes). It finds an address that is not stored in clear. */
  hash(value: string): Buffer;
}

/** True for the error of a ciphertext that cannot be opened: the key is destroyed or not configured, or the bytes changed. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.name === "Unreadable";
}

/** For a `catch`: null where a ciphertext cannot be opened. Other errors are thrown again. */
export function nullIfUnreadable(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}
