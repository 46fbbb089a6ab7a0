import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../runtime/errors.ts";

/** Keys of the sandbox, made once per data folder: what was encrypted before a restart must open after it. */
export function loadSandboxSecrets(dataDir: string): Record<string, string> {
  const path = join(dataDir, "secrets.json");
  const stored = existsSync(path) ? readSecrets(path) : {};
  const base64 = () => randomBytes(32).toString("base64");
  const hex = () => randomBytes(16).toString("hex");
  const secrets = {
    PARLEY_ENCRYPTION_KEYS: `dev:${base64()}`,
    PARLEY_HASH_KEY: base64(),
    PARLEY_ADMIN_TOKEN: base64(),
    WEBHOOK_SECRET: `whsec_${base64()}`,
    WEBHOOK_DELIVERY_SECRET: `whsec_${base64()}`,
    TWILIO_ACCOUNT_SID: `AC${hex()}`,
    TWILIO_AUTH_TOKEN: hex(),
    WHATSAPP_ACCESS_TOKEN: hex(),
    WHATSAPP_APP_SECRET: hex(),
    WHATSAPP_VERIFY_TOKEN: hex(),
    FACEBOOK_PAGE_ACCESS_TOKEN: hex(),
    FACEBOOK_APP_SECRET: hex(),
    FACEBOOK_VERIFY_TOKEN: hex(),
    INSTAGRAM_ACCESS_TOKEN: hex(),
    INSTAGRAM_APP_SECRET: hex(),
    INSTAGRAM_VERIFY_TOKEN: hex(),
    TELEGRAM_BOT_TOKEN: `100000000:${hex()}`,
    TELEGRAM_WEBHOOK_SECRET_TOKEN: hex(),
    SLACK_BOT_TOKEN: `xoxb-${hex()}`,
    SLACK_SIGNING_SECRET: hex(),
    ...stored,
  };
  // A folder of an earlier version lacks the newer ones.
  if (Object.keys(stored).length < Object.keys(secrets).length)
    writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function readSecrets(path: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  } catch {
    throw new UserError(
      `${path} holds no JSON object, so what was encrypted with its keys cannot be opened: put it back, or begin with empty data (--fresh).`,
    );
  }
}
