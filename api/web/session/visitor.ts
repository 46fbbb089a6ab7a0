import { createHash, randomBytes } from "node:crypto";

/** 128 bits in base64url. */
export const VISITOR_SECRET = /^[A-Za-z0-9_-]{22}$/;

export function createVisitorSecret(): string {
  return randomBytes(16).toString("base64url");
}

/**
 * The address of an anonymous visitor. It is a hash of the browser's secret: a reader of addresses must not be able to write as the
 * visitor.
 */
export function anonymousAddress(secret: string): string {
  return `anonymous:${createHash("sha256").update(secret).digest("base64url").slice(0, 22)}`;
}

export function isAnonymous(address: string): boolean {
  return address.startsWith("anonymous:");
}

/** The address of a visitor whom the tenant's own backend identifies. It cannot equal an anonymous address. */
export function identifiedAddress(id: string): string {
  return `user:${id}`;
}
