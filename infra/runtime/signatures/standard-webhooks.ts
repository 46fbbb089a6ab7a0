import { isSignedByWebhookSecret, signByWebhookSecret } from "./webhook-secret.ts";

/* Standard Webhooks 1.0.0: the signature covers `{id}.{timestamp}.{raw body}`. A header may list several; one match is enough. */

/** The largest difference between a signed timestamp and our clock, in seconds, in both directions. */
const TOLERANCE_SECONDS = 300;
/**
 * Each Ed25519 signature costs a pass over the whole body before the caller is authenticated, and a header has room for 170 signatures. A
 * caller who changes secret and scheme at the same time needs four.
 */
const MAX_SIGNATURES = 8;

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

/**
 * The `webhook-signature` header: one signature for each secret (`whsec_…` HMAC, `whsk_…` Ed25519), so that the receiver can change its
 * secret or the scheme without losing a message.
 */
export function signStandardWebhook({
  secrets,
  ...content
}: SignedContent & { secrets: readonly string[] }): string {
  const bytes = signedBytes(content);
  return secrets.map((secret) => signByWebhookSecret(secret, bytes)).join(" ");
}

/** Verifies with any of the secrets (`whsec_…` HMAC, `whpk_…` Ed25519). `secretIndex` is the one that matched. */
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
    return createRefusal("header_repeated", "The webhook-* headers must not be repeated.");
  const [id, stamp, signature] = fields as (string | undefined)[];
  if (!id || !stamp || !signature) {
    return createRefusal(
      "signature_missing",
      "The headers webhook-id, webhook-timestamp and webhook-signature are required.",
    );
  }
  const problem = findTimestampProblem(stamp, request.now);
  if (problem !== null) return createRefusal("timestamp_out_of_window", problem);
  // With a dot in the id, one signed content could be read as another.
  if (id.includes(".")) return createRefusal("signature_invalid", "webhook-id must not contain a dot.");
  const content = signedBytes({ id, timestamp: stamp, body: request.rawBody });
  const secretIndex = findMatchingSecret(request.secrets, signature, content);
  if (secretIndex >= 0) return { ok: true, secretIndex };
  return createRefusal(
    "signature_invalid",
    "No signature matches: check the secret, and that the raw bytes of the body were signed.",
  );
}

function findTimestampProblem(stamp: string, now: Date): string | null {
  if (!/^\d{1,12}$/.test(stamp)) return "webhook-timestamp must be Unix time in whole seconds.";
  const isClose = Math.abs(Math.floor(now.getTime() / 1000) - Number(stamp)) <= TOLERANCE_SECONDS;
  return isClose ? null : `webhook-timestamp may differ from now by ${TOLERANCE_SECONDS} s at most.`;
}

function findMatchingSecret(secrets: readonly string[], header: string, content: Buffer): number {
  const given = header.split(" ", MAX_SIGNATURES).flatMap((item) => {
    const [version = "", value = ""] = item.split(/,(.*)/s);
    const signature = Buffer.from(value, "base64");
    // A second spelling of the same base64 bytes is not a valid signature.
    return signature.toString("base64") === value ? [{ version, signature }] : [];
  });
  return secrets.findIndex((secret) => {
    const isMatch = isSignedByWebhookSecret(secret, content);
    return given.some(({ version, signature }) => isMatch(version, signature));
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

function createRefusal(code: Extract<WebhookVerdict, { ok: false }>["code"], detail: string): WebhookVerdict {
  return { ok: false, code, detail };
}
