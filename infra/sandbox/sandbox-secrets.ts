import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RandomValues } from "../channels/channel-descriptor.ts";
import { CHANNEL_DESCRIPTORS } from "../channels/registry.ts";
import { UserError } from "../runtime/errors.ts";

export const RANDOM: RandomValues = {
  base64: () => randomBytes(32).toString("base64"),
  hex: () => randomBytes(16).toString("hex"),
};

/** The secrets of an installation that are no vendor's. `keyId`: the name of its first encryption key. */
export function createOwnSecrets(keyId: string): Record<string, string> {
  return {
    PARLEY_ENCRYPTION_KEYS: `${keyId}:${RANDOM.base64()}`,
    PARLEY_HASH_KEY: RANDOM.base64(),
    PARLEY_ADMIN_TOKEN: RANDOM.base64(),
    CODEC_SERVER_TOKEN: RANDOM.hex(),
  };
}

/** Keys of the sandbox, made once per data folder: data encrypted before a restart must be readable after it. */
export function loadSandboxSecrets(dataDir: string): Record<string, string> {
  const path = join(dataDir, "secrets.json");
  const stored = existsSync(path) ? readSecrets(path) : {};
  const secrets = {
    ...createOwnSecrets("dev"),
    ...createChannelSecrets(),
    ...stored,
  };
  // A folder of an earlier version lacks the secrets of newer channels.
  if (Object.keys(stored).length < Object.keys(secrets).length)
    writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function createChannelSecrets(): Record<string, string> {
  return Object.assign(
    {},
    ...CHANNEL_DESCRIPTORS.map(({ sandbox }) => sandbox?.createSecrets(RANDOM)),
  ) as Record<string, string>;
}

function readSecrets(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  } catch {
    throw new UserError(
      `${path} holds no JSON object, so data encrypted with its keys cannot be read: restore the file, or begin with empty data (--fresh).`,
    );
  }
}
