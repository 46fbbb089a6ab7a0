import { createHmac, createPublicKey, timingSafeEqual, verify as verifyEd25519 } from "node:crypto";

/* Standard Webhooks 1.0.0: the signature covers `{id}.{timestamp}.{raw body}`; a header may list several, any match passes. */

/** Seconds a signed timestamp may differ from our clock, in both directions, edges included. */
const TOLERANCE_SECONDS = 300;
const HMAC_PREFIX = "whsec_";
const PUBLIC_KEY_PREFIX = "whpk_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** DER header that makes a bare 32-byte Ed25519 key an SPKI structure, RFC 8410. */
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");

export type WebhookVerdict =
  | { ok: true; secretIndex: number }
  | {
      ok: false;
      code: "signature_missing" | "signature_invalid" | "timestamp_out_of_window" | "header_repeated";
      detail: string;
    };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface SignedContent {
  id: string;
  /** Unix seconds. */
  timestamp: number;
  body: Uint8Array | string;
}

/** The `webhook-signature` header: one signature per secret, so that the receiver may rotate without a lost message. */
export function signStandardWebhook({
  secrets,
  ...content
}: SignedContent & { secrets: readonly string[] }): string {
  return secrets.map((secret) => `v1,${hmac(secret, signedBytes(content)).toString("base64")}`).join(" ");
}

/** Verifies with any of the secrets (`whsec_…` HMAC, `whpk_…` Ed25519); `secretIndex` tells which one matched. */
export function verifyStandardWebhook(request: {
  headers: Headers;
  rawBody: Buffer;
  secrets: readonly string[];
  now: Date;
}): WebhookVerdict {
  const fields = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => request.headers[name],
  );
  if (fields.some(Array.isArray))
    return refused("header_repeated", "Each webhook-* header may be there once.");
  const [id, stamp, signature] = fields as (string | undefined)[];
  if (!id || !stamp || !signature) {
    return refused(
      "signature_missing",
      "The headers webhook-id, webhook-timestamp and webhook-signature are all needed.",
    );
  }
  if (!/^\d{1,12}$/.test(stamp))
    return refused("timestamp_out_of_window", "webhook-timestamp must be Unix time in whole seconds.");
  const timestamp = Number(stamp);
  if (Math.abs(Math.floor(request.now.getTime() / 1000) - timestamp) > TOLERANCE_SECONDS) {
    return refused(
      "timestamp_out_of_window",
      `webhook-timestamp may differ from now by ${TOLERANCE_SECONDS} s at most.`,
    );
  }
  // A dot in the id would let one signed content be read as another.
  if (id.includes(".")) return refused("signature_invalid", "webhook-id may hold no dot.");
  const secretIndex = matchingSecret(
    request.secrets,
    signature,
    signedBytes({ id, timestamp: stamp, body: request.rawBody }),
  );
  if (secretIndex === -1) {
    return refused(
      "signature_invalid",
      "No signature matches: check the secret, and that the raw bytes of the body were signed.",
    );
  }
  return { ok: true, secretIndex };
}

function matchingSecret(secrets: readonly string[], header: string, content: Buffer): number {
  const candidates = header
    .split(" ")
    .map((item) => ({ version: item.split(",")[0], value: item.slice(item.indexOf(",") + 1) }));
  return secrets.findIndex((secret) => {
    const isPublicKey = secret.startsWith(PUBLIC_KEY_PREFIX);
    const mine = candidates.filter(({ version }) => version === (isPublicKey ? "v1a" : "v1"));
    const expected = isPublicKey ? null : hmac(secret, content);
    return mine.some(({ value }) => {
      const given = Buffer.from(value, "base64");
      // Base64 that decodes to the same bytes in another spelling is not what was signed.
      if (given.toString("base64") !== value) return false;
      return expected === null ? isEd25519Match(secret, content, given) : isEqual(expected, given);
    });
  });
}

function signedBytes({
  id,
  timestamp,
  body,
}: {
  id: string;
  timestamp: number | string;
  body: Uint8Array | string;
}): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`, "utf8"), Buffer.from(body as Uint8Array)]);
}

function hmac(secret: string, content: Buffer): Buffer {
  const text = secret.startsWith(HMAC_PREFIX) ? secret.slice(HMAC_PREFIX.length) : secret;
  const key = BASE64.test(text) ? Buffer.from(text, "base64") : Buffer.alloc(0);
  // An empty or short key, and a public one taken for a secret, would let anybody sign.
  if (key.length < 24 || key.length > 64) {
    throw new Error(
      `A webhook secret of ${secret.length} characters cannot be used: it must be whsec_ and 24 to 64 bytes in base64.`,
    );
  }
  return createHmac("sha256", key).update(content).digest();
}

function isEd25519Match(secret: string, content: Buffer, signature: Buffer): boolean {
  const raw = Buffer.from(secret.slice(PUBLIC_KEY_PREFIX.length), "base64");
  if (raw.length !== 32)
    throw new Error(
      `A webhook public key must be whpk_ and 32 bytes in base64; this one has ${raw.length} bytes.`,
    );
  const key = createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: "der", type: "spki" });
  return verifyEd25519(null, content, key, signature);
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function refused(code: Extract<WebhookVerdict, { ok: false }>["code"], detail: string): WebhookVerdict {
  return { ok: false, code, detail };
}
