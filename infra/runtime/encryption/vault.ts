import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import {
  createKeyring,
  type Keyring,
  type MasterKey,
  openWithKey,
  sealWithKey,
  splitSealed,
  Unreadable,
} from "./keyring.ts";

const DATA_KEY_BYTES = 32;
/** Unwrapping a key costs microseconds. The limit bounds the number of contacts' keys in the memory of a process. */
const CACHED_CONTACTS = 10_000;
const CACHE_TTL_MS = 5 * 60_000;
/** Each one was unreadable when the next one was made, so there are seldom two. */
const MAX_DATA_KEYS = 8;

interface KeyOwner {
  contactId: string;
  dataKey: Buffer | null;
}

/** Envelope encryption: one data key for each contact, wrapped by the master keys. Implements `Vault` of `db/connection/vault.ts`. */
function createVault({ keyring, hashKey }: { keyring: Keyring; hashKey: Buffer }) {
  const cache = new LRUCache<string, { wrapped: Buffer; keys: KeyObject[] }>({
    max: CACHED_CONTACTS,
    ttl: CACHE_TTL_MS,
  });

  /**
   * The keys of a contact that this process can unwrap, newest first. Throws where there is none. The bytes from the row decide: a key
   * that was destroyed or replaced in the row is not taken from the cache, in any process.
   */
  function openKeys({ contactId, dataKey }: KeyOwner): KeyObject[] {
    const wrapped = dataKey ?? Buffer.alloc(0);
    const cached = cache.get(contactId);
    if (cached?.wrapped.equals(wrapped) === true) return cached.keys;
    const keys = unwrap(contactId, wrapped);
    cache.set(contactId, { wrapped, keys });
    return keys;
  }

  function unwrap(contactId: string, wrapped: Buffer): KeyObject[] {
    const keys: KeyObject[] = [];
    let failure: unknown = new Unreadable("The data key of the contact was destroyed.");
    for (const part of splitSealed(wrapped, DATA_KEY_BYTES)) {
      try {
        keys.push(createSecretKey(keyring.open(part, `contact:${contactId}`)));
      } catch (error) {
        failure = error;
      }
    }
    if (keys.length === 0) throw failure;
    return keys;
  }

  function createDataKey(contactId: string): Buffer {
    return keyring.seal(randomBytes(DATA_KEY_BYTES), `contact:${contactId}`);
  }

  return {
    newDataKey: createDataKey,
    renewDataKey: ({ contactId, dataKey }: KeyOwner) =>
      Buffer.concat(
        [createDataKey(contactId), ...splitSealed(dataKey ?? Buffer.alloc(0), DATA_KEY_BYTES)].slice(
          0,
          MAX_DATA_KEYS,
        ),
      ),
    hasKey: (owner: KeyOwner) => {
      try {
        return openKeys(owner).length > 0;
      } catch (error) {
        if (error instanceof Unreadable) return false;
        throw error;
      }
    },
    seal(owner: KeyOwner, label: string, text: string) {
      const [key] = openKeys(owner);
      if (key === undefined) throw new Unreadable("The contact has no data key.");
      return sealWithKey(key, Buffer.from(text, "utf8"), label);
    },
    open(owner: KeyOwner, label: string, sealed: Buffer): string {
      let failure: unknown;
      for (const key of openKeys(owner)) {
        try {
          return openWithKey(key, sealed, label).toString("utf8");
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
    sealForTenant: (tenantId: string, label: string, text: string) =>
      keyring.seal(Buffer.from(text, "utf8"), `tenant:${tenantId}:${label}`),
    openForTenant: (tenantId: string, label: string, sealed: Buffer) =>
      keyring.open(sealed, `tenant:${tenantId}:${label}`).toString("utf8"),
    hash: (value: string) => createHmac("sha256", hashKey).update(value, "utf8").digest(),
  };
}

/** The vault of an installation, from its settings. */
export function createConfiguredVault(config: {
  PARLEY_ENCRYPTION_KEYS: readonly MasterKey[];
  PARLEY_HASH_KEY: Buffer;
}) {
  return createVault({
    keyring: createKeyring(config.PARLEY_ENCRYPTION_KEYS),
    hashKey: config.PARLEY_HASH_KEY,
  });
}
