import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { createKeyring, type Keyring, type MasterKey, openWithKey, sealWithKey } from "./keyring.ts";

const DATA_KEY_BYTES = 32;
/** Unwrapping a key costs microseconds. The limit bounds the number of contacts' keys in the memory of a process. */
const CACHED_DATA_KEYS = 10_000;
/** After this time no process has the key of an erased contact any more. */
const CACHE_TTL_MS = 5 * 60_000;

interface KeyOwner {
  contactId: string;
  dataKey: Buffer;
}

/** Envelope encryption: one data key for each contact, wrapped by the master keys. Implements `Vault` of `db/connection/vault.ts`. */
function createVault({ keyring, hashKey }: { keyring: Keyring; hashKey: Buffer }) {
  const dataKeys = new LRUCache<string, Buffer>({ max: CACHED_DATA_KEYS, ttl: CACHE_TTL_MS });
  const keyOf = ({ contactId, dataKey }: KeyOwner): Buffer => {
    const cached = dataKeys.get(contactId);
    if (cached !== undefined) return cached;
    const key = keyring.open(dataKey, `contact:${contactId}`);
    dataKeys.set(contactId, key);
    return key;
  };
  return {
    newDataKey: (contactId: string) => keyring.seal(randomBytes(DATA_KEY_BYTES), `contact:${contactId}`),
    seal: (owner: KeyOwner, label: string, text: string) =>
      sealWithKey(keyOf(owner), Buffer.from(text, "utf8"), label),
    open: (owner: KeyOwner, label: string, sealed: Buffer) =>
      openWithKey(keyOf(owner), sealed, label).toString("utf8"),
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
