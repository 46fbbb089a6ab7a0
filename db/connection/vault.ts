/** The owner of a data key: a contact with the wrapped key from its row. */
export interface KeyOwner {
  contactId: string;
  /**
   * As the row has it: the wrapped keys, newest first. An older key is kept only where no process could unwrap it when the next one was
   * made, so that its texts can be read when its master key comes back. Null where the keys were destroyed.
   */
  dataKey: Buffer | null;
}

/**
 * Encryption as `db/` needs it; `infra/runtime/encryption/vault.ts` implements it. The label names the place of a ciphertext
 * ("inbound:{conversation}:{seq}") and is authenticated, so a ciphertext that was moved to another row cannot be opened.
 */
export interface Vault {
  /** A new data key for a contact, wrapped by the current master key. */
  newDataKey(contactId: string): Buffer;
  /** A new key in front of those of the row. For an owner without a key that this process can unwrap. */
  renewDataKey(owner: KeyOwner): Buffer;
  /** False where nothing can be sealed for the owner. */
  hasKey(owner: KeyOwner): boolean;
  /** Throws like `open` where the owner has no key. */
  seal(owner: KeyOwner, label: string, text: string): Buffer;
  /** Throws an error that `isUnreadable` recognises where the key, the label or a byte differs from the sealed one. */
  open(owner: KeyOwner, label: string, sealed: Buffer): string;
  sealForTenant(tenantId: string, label: string, text: string): Buffer;
  openForTenant(tenantId: string, label: string, sealed: Buffer): string;
  /** Keyed hash (HMAC-SHA-256, 32 bytes). It finds an address that is not stored in clear. */
  hash(value: string): Buffer;
}

/** The text, or null where it was erased or its key is missing. For lists: one unreadable row must not end them. */
export function openOrNull(
  vault: Pick<Vault, "open">,
  { owner, label, sealed }: { owner: KeyOwner; label: string; sealed: Buffer },
): string | null {
  try {
    return vault.open(owner, label, sealed);
  } catch (error) {
    return nullIfUnreadable(error);
  }
}

/** True for the error of a ciphertext that cannot be opened: the key is destroyed or not configured, or the bytes changed. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.name === "Unreadable";
}

/** For a `catch`: why a ciphertext cannot be opened, such as the id of the missing key. Other errors are thrown again. */
export function reasonIfUnreadable(error: unknown): string {
  if (error instanceof Error && isUnreadable(error)) return error.message;
  throw error;
}

/** For a `catch`: null where a ciphertext cannot be opened. Other errors are thrown again. */
export function nullIfUnreadable(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}
