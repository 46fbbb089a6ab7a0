import { createHash, randomBytes } from "node:crypto";

/** 128 bits in base64url. */
export const VISITOR_SECRET = /^[A-Za-z0-9_-]{22}$/;

export function createVisitorSecret(): string {
  return randomBytes(16).toString("base64url");
}

/**
 * The address of somebody whom nobody vouches for. It is not the secret by which the browser proves itself: whoever may read
 * addresses must not be able to speak as the visitor.
 */
export function anonymousAddress(secret: string): string {
  return `anonymous:${createHash("sha256").update(secret).digest("base64url").slice(0, 22)}`;
}

/** The address of somebody whom the tenant's own backend knows; no anonymous one can be the same. */
export function identifiedAddress(id: string): string {
  return `user:${id}`;
}
