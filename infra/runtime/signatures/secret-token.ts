import { createHash, timingSafeEqual } from "node:crypto";

/*
 * A shared secret in a header (Telegram's X-Telegram-Bot-Api-Secret-Token). Neither body nor time is signed: TLS protects the body, and
 * only the dedupe key protects against a replay.
 */

/** Index of the secret that equals the token, or -1. The time does not depend on the result. */
export function matchSecretToken(token: string, secrets: readonly string[]): number {
  const given = digest(token);
  // With an empty secret, every caller would pass.
  const matches = secrets.map((secret) => timingSafeEqual(digest(secret), given) && secret !== "");
  return matches.indexOf(true);
}

/** Digests have one length, so the time of a comparison reveals neither the text nor the length of the right token. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
