import { createHmac } from "node:crypto";
import { isEqual } from "./is-equal.ts";

/*
 * Meta's scheme, the same for WhatsApp, Messenger and Instagram: `X-Hub-Signature-256: sha256=` and the hexadecimal
 * HMAC-SHA256(app secret, raw body). No timestamp is signed, so only the dedupe key protects against a replay.
 */

/** Index of the app secret the body was signed with, or -1. */
export function matchMetaSecret({
  rawBody,
  signature,
  secrets,
}: {
  rawBody: Buffer;
  signature: string;
  secrets: readonly string[];
}): number {
  // With an empty secret, every caller could sign.
  return secrets.findIndex(
    (secret) => secret !== "" && isEqual(signMetaBody({ rawBody, secret }), signature),
  );
}

/** The header's value for one body, for the demo and the tests. */
export function signMetaBody({ rawBody, secret }: { rawBody: Buffer; secret: string }): string {
  return `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`;
}
