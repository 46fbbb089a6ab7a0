import { timingSafeEqual } from "node:crypto";

/** Compares two signatures or secrets in a time that does not depend on where they differ. Their lengths are not hidden. */
export function isEqual(a: string | Buffer, b: string | Buffer): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
