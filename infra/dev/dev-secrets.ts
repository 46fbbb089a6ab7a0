import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StackError } from "./stack-error.ts";

/** Keys of the embedded stack, made once per data folder: what was encrypted before a restart must open after it. */
export function devSecrets(dataDir: string): Record<string, string> {
  const path = join(dataDir, "secrets.json");
  if (existsSync(path)) return readSecrets(path);
  const base64 = () => randomBytes(32).toString("base64");
  const secrets = {
    PARLEY_ENCRYPTION_KEYS: `dev:${base64()}`,
    PARLEY_HASH_KEY: base64(),
    WEBHOOK_SECRET: `whsec_${base64()}`,
    WEBHOOK_DELIVERY_SECRET: `whsec_${base64()}`,
    TWILIO_ACCOUNT_SID: `AC${randomBytes(16).toString("hex")}`,
    TWILIO_AUTH_TOKEN: randomBytes(16).toString("hex"),
  };
  writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function readSecrets(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  } catch {
    throw new StackError(
      `${path} holds no JSON object, so what was encrypted with its keys cannot be opened: put it back, or begin with empty data (--fresh).`,
    );
  }
}
