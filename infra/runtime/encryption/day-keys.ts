import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type MasterKey, Unreadable } from "./keyring.ts";

export interface DayKeys {
  /** The key for payloads of today. */
  current(): { keyId: string; day: number; key: KeyObject };
  /** Throws `Unreadable` where no master key has this id. */
  find(keyId: string, day: number): KeyObject;
}

const DAY_MS = 86_400_000;
const KEY_BYTES = 32;
/** The days of a namespace's retention, for a few master keys. Derivation costs microseconds. */
const CACHED = 256;

/**
 * One key for each day, derived from the master keys by HKDF (RFC 5869). AES-GCM with random nonces is limited to 2^32 uses of a key (NIST SP
 * 800-38D), which one key for all payloads passes within months.
 */
export function createDayKeys(keys: readonly MasterKey[], now: () => number = Date.now): DayKeys {
  const [current] = keys;
  if (current === undefined) throw new Error("Payloads need at least one key.");
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  const derived = new LRUCache<string, KeyObject>({ max: CACHED });

  function find(keyId: string, day: number): KeyObject {
    const name = `${day} ${keyId}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    const master = byId.get(keyId);
    if (master === undefined) throw new Unreadable(`No encryption key with id "${keyId}" is configured.`);
    const bytes = hkdfSync("sha256", master, "", `parley temporal payload ${day}`, KEY_BYTES);
    const key = createSecretKey(Buffer.from(bytes));
    derived.set(name, key);
    return key;
  }

  return {
    current() {
      const day = Math.floor(now() / DAY_MS);
      return { keyId: current.id, day, key: find(current.id, day) };
    },
    find,
  };
}
