import { createHmac, hkdfSync } from "node:crypto";
import { z } from "zod";
import type { MasterKey } from "./keyring.ts";
import { isEqual } from "../signatures/is-equal.ts";

/** The rights of the bearer: write and read in one conversation, as one visitor, until `expiresAt`. */
export interface WebSession {
  tenantId: string;
  accountId: string;
  conversationId: string;
  /** The visitor's address on the channel. */
  visitor: string;
  expiresAt: Date;
}

export type TokenVerdict =
  | { ok: true; session: WebSession }
  | { ok: false; code: "session_invalid" | "session_expired" };

const VERSION = "pws1";
/** Our tokens have fewer than 400 characters. A longer text is rejected without a hash. */
const MAX_LENGTH = 2_048;
const CLAIMS = z.tuple([z.string(), z.string(), z.string(), z.string(), z.int()]);

/**
 * Session tokens of web clients: `pws1.{claims}.{HMAC-SHA-256}`, both base64url. The signing keys are derived from the master keys: the
 * first signs, all of them verify, so that a token survives a rotation. The signature is compared as text, because one base64 value has
 * several spellings, and each would be a valid token.
 */
export function createSessionTokens(masterKeys: readonly MasterKey[]) {
  const keys = masterKeys.map(({ key }) =>
    Buffer.from(hkdfSync("sha256", key, "", "parley web session", 32)),
  );
  const [current] = keys;
  if (current === undefined) throw new Error("Session tokens need at least one key.");
  return {
    sign({ tenantId, accountId, conversationId, visitor, expiresAt }: WebSession): string {
      const claims = [tenantId, accountId, conversationId, visitor, expiresAt.getTime()];
      const signed = `${VERSION}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
      return `${signed}.${signatureOf(current, signed)}`;
    },
    verify(token: string, now: Date): TokenVerdict {
      const end = token.lastIndexOf(".");
      const signed = token.slice(0, Math.max(end, 0));
      const [version, claims = ""] = signed.split(".", 2);
      const isOurs = token.length <= MAX_LENGTH && version === VERSION;
      const signature = Buffer.from(token.slice(end + 1));
      if (!isOurs || !keys.some((key) => isEqual(signature, Buffer.from(signatureOf(key, signed)))))
        return { ok: false, code: "session_invalid" };
      const session = sessionOf(claims);
      if (session.expiresAt <= now) return { ok: false, code: "session_expired" };
      return { ok: true, session };
    },
  };
}

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** We signed this text, so it has this shape. */
function sessionOf(claims: string): WebSession {
  const parsed = CLAIMS.parse(JSON.parse(Buffer.from(claims, "base64url").toString("utf8")));
  const [tenantId, accountId, conversationId, visitor, expires] = parsed;
  return { tenantId, accountId, conversationId, visitor, expiresAt: new Date(expires) };
}

function signatureOf(key: Buffer, signed: string): string {
  return createHmac("sha256", key).update(signed).digest("base64url");
}
