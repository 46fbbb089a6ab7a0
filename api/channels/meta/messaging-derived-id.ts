import { createHash } from "node:crypto";

/**
 * An id for items without one. It is derived from what was delivered, so it is the same on every redelivery. It is a digest because
 * a payload may have 1000 characters and an id only 256.
 */
export function deriveMessagingId(kind: string, ...parts: unknown[]): string {
  return `${kind}.${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;
}
