import { type CipherKey, createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";

export interface MasterKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

export interface Keyring {
  readonly currentKeyId: string;
  /** Sealed bytes: key id length (1 byte), key id, then iv, tag and ciphertext as in `sealWithKey`. */
  seal(plain: Uint8Array, label: string): Buffer;
  /** Throws an error that names the key id when the key is unknown, or when a byte or the label was changed. */
  open(sealed: Uint8Array, label: string): Buffer;
}

/** A ciphertext that does not open: asking again cannot change it, only another key can. */
class Unreadable extends Error {
  override readonly name = "Unreadable";
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Master keys by id: the first seals, all of them open, so a key is rotated by putting a new one in front. */
export function createKeyring(keys: readonly MasterKey[]): Keyring {
  const [current] = keys;
  if (current === undefined) throw new Error("A keyring needs at least one key.");
  // Made into key objects once: given as bytes, Node would do it for each of a message's thirty payloads, half of what one costs.
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const currentKey = createSecretKey(current.key);
  return {
    currentKeyId: current.id,
    seal(plain, label) {
      const id = Buffer.from(current.id, "utf8");
      return Buffer.concat([Buffer.from([id.length]), id, sealWithKey(currentKey, plain, label)]);
    },
    open(sealed, label) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const idEnd = 1 + (bytes[0] ?? 0);
      const id = bytes.toString("utf8", 1, idEnd);
      const key = byId.get(id);
      if (key === undefined) throw new Unreadable(`No encryption key with id "${id}" is configured.`);
      return openWithKey(key, bytes.subarray(idEnd), label);
    },
  };
}

/** AES-256-GCM; the label is authenticated, not stored. */
export function sealWithKey(key: CipherKey, plain: Uint8Array, label: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(Buffer.from(label, "utf8"));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** Throws `Unreadable` where key, label or a byte is another. */
export function openWithKey(key: CipherKey, sealed: Buffer, label: string): Buffer {
  try {
    return decipherWithKey(key, sealed, label);
  } catch (error) {
    throw new Unreadable("The key, the label or a byte is not the one it was sealed with.", { cause: error });
  }
}

function decipherWithKey(key: CipherKey, sealed: Buffer, label: string): Buffer {
  const tagEnd = IV_BYTES + TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(label, "utf8"));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, tagEnd));
  return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]);
}
