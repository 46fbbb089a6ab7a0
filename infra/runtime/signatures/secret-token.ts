import { createHash, timingSafeEqual } from "node:crypto";

/*
 * A shared secret that travels in a header as it is (Telegram's X-Telegram-Bot-Api-Secret-Token). Nothing of the body is signed and
 * no time either: TLS guards the body, and the dedupe key is the only guard against a replay.
 */

/** Index of the secret that the token is equal to, or -1. Takes the same time whichever it is, and if it is none. */
export function matchSecretToken(token: string, secrets: readonly string[]): number {
  const given = digest(token);
  // An empty secret is nobody's: anybody could send it.
  const matches = secrets.map((secret) => timingSafeEqual(digest(secret), given) && secret !== "");
  return matches.indexOf(true);
}

/** Digests are of one length: neither the text nor the length of the right token shows in the time a comparison takes. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
