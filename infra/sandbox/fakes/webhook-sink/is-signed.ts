import type { IncomingHttpHeaders } from "node:http";
import { Webhook } from "standardwebhooks";

/**
 * Uses the specification's own library and no code of ours. Otherwise an error shared by our signer and our verifier would pass
 * every test.
 */
export function isSigned(secrets: readonly string[], headers: IncomingHttpHeaders, raw: Buffer): boolean {
  const given = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [
      name,
      [headers[name]].flat().join(),
    ]),
  );
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(raw, given, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  });
}
