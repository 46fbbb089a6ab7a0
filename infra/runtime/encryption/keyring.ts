import { type CipherKey, createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";

export interface MasterKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

export interface Keyring {
  readonly currentKeyId: string;
  /** Encrypted bytes: length of the key id (1 byte), key id, then iv, tag and ciphertext as in `sealWithKey`. */
  seal(plain: Uint8Array, label: string): Buffer;
  /** Throws when the key is unknown (the error names its id), or when a byte or the label differs. */
  open(sealed: Uint8Array, label: string): Buffer;
}

/** The ciphertext cannot be decrypted. A retry does not help, only another key does. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Master keys by id: the first encrypts, all of them decrypt. To rotate, put a new key first. */
export function createKeyring(keys: readonly MasterKey[]): Keyring {
  const [current] = keys;
  if (current === undefined) throw new Error("A keyring needs at least one key.");
  // Key objects are made once. From bytes Node would make one for each of a message's thirty payloads: half the cost of a payload.
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

/** The encrypted values of `plainBytes` bytes each in a row. What does not have this shape is left out. */
export function splitSealed(bytes: Buffer, plainBytes: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const idBytes = bytes[start] ?? 0;
    const end = start + 1 + idBytes + IV_BYTES + TAG_BYTES + plainBytes;
    if (idBytes === 0 || end > bytes.length) break;
    parts.push(bytes.subarray(start, end));
    start = end;
  }
  return parts;
}

/** AES-256-GCM. The label is authenticated but not stored. */
export function sealWithKey(key: CipherKey, plain: Uint8Array, label: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(Buffer.from(label, "utf8"));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** Throws `Unreadable` when the key, the label or a byte differs. */
export function openWithKey(key: CipherKey, sealed: Buffer, label: string): Buffer {
  try {
    return decipherWithKey(key, sealed, label);
  } catch (error) {
    throw new Unreadable("The key, the label or a byte differs from the one at encryption.", {
      cause: error,
    });
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
