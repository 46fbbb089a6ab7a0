import { createHash } from "node:crypto";

/**
 * An id for what Meta gives none: the same on every redelivery, since it is made of what was delivered. A digest, because a
 * payload may be 1000 characters long and an id 256.
 */
export function deriveMessagingId(kind: string, ...parts: unknown[]): string {
  return `${kind}.${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}
