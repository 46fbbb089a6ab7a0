import { createHmac } from "node:crypto";
import { ed25519PublicKey, ed25519Verifier, signEd25519 } from "./ed25519.ts";
import { isEqual } from "./is-equal.ts";

/*
 * Standard Webhooks has three kinds of secret: `whsec_` signs and verifies `v1`, `whsk_` signs `v1a`, `whpk_` verifies `v1a`. The prefix
 * decides the scheme, so that a public key is never used as an HMAC key, with which every caller could sign.
 */

const HMAC_PREFIX = "whsec_";
const PRIVATE_KEY_PREFIX = "whsk_";
const PUBLIC_KEY_PREFIX = "whpk_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const KEY_BYTES = 32;

/** One item of the `webhook-signature` header: version, comma, base64. */
export function signByWebhookSecret(secret: string, content: Buffer): string {
  if (!secret.startsWith(PRIVATE_KEY_PREFIX)) return `v1,${hmac(secret, content).toString("base64")}`;
  return `v1a,${signEd25519(seedOf(secret), content).toString("base64")}`;
}

/** The returned function checks a signature of a version against the secret or the public key. */
export function isSignedByWebhookSecret(
  secret: string,
  content: Buffer,
): (version: string, signature: Buffer) => boolean {
  if (secret.startsWith(PUBLIC_KEY_PREFIX)) {
    const isTheirs = ed25519Verifier(publicKeyOf(secret));
    return (version, signature) => version === "v1a" && isTheirs(content, signature);
  }
  const expected = hmac(secret, content);
  return (version, signature) => version === "v1" && isEqual(expected, signature);
}

function hmac(secret: string, content: Buffer): Buffer {
  const text = secret.startsWith(HMAC_PREFIX) ? secret.slice(HMAC_PREFIX.length) : secret;
  const key = bytesOf(text);
  // With an empty or short key, or a public key as the secret, every caller could sign.
  if (key.length < 24 || key.length > 64) {
    throw new Error(
      `A webhook secret of ${secret.length} characters cannot be used: it must be whsec_ and 24 to 64 bytes in base64.`,
    );
  }
  return createHmac("sha256", key).update(content).digest();
}

/** Some tools write only the seed, others the seed and the public key. */
function seedOf(secret: string): Buffer {
  const bytes = bytesOf(secret.slice(PRIVATE_KEY_PREFIX.length));
  const seed = bytes.subarray(0, KEY_BYTES);
  const isPair = bytes.length === 2 * KEY_BYTES;
  if (bytes.length !== KEY_BYTES && !isPair) {
    throw new Error(
      `A webhook private key must be whsk_ and 32 bytes (or 64, with the public key) in base64; this one has ${bytes.length} bytes.`,
    );
  }
  // With another public key, the receiver would refuse every signature.
  if (isPair && !isEqual(ed25519PublicKey(seed), bytes.subarray(KEY_BYTES))) {
    throw new Error(
      "A webhook private key's last 32 bytes must be its public key; these belong to another one.",
    );
  }
  return seed;
}

function publicKeyOf(secret: string): Buffer {
  const key = bytesOf(secret.slice(PUBLIC_KEY_PREFIX.length));
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `A webhook public key must be whpk_ and 32 bytes in base64; this one has ${key.length} bytes.`,
    );
  }
  return key;
}

/** Empty if the text is not base64: Node would ignore the wrong characters and read another key. */
function bytesOf(text: string): Buffer {
  return BASE64.test(text) ? Buffer.from(text, "base64") : Buffer.alloc(0);
}
