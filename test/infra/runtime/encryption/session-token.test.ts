import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSessionTokens } from "../../../../infra/runtime/encryption/session-token.ts";

const key = (id: string) => ({ id, key: randomBytes(32) });
const NOW = new Date("2026-11-25T10:00:00Z");
const SESSION = {
  tenantId: "acme",
  accountId: "main",
  conversationId: "0c0f8f3e-54b5-4b8c-9a39-3a5f9b8f8a10",
  visitor: "anonymous:3q2-7wAAAAAAAAAAAAAAAA",
  expiresAt: new Date("2026-11-25T10:15:00Z"),
};
const INVALID = { ok: false, code: "session_invalid" };

describe("a session token", () => {
  const keys = [key("k1")];
  const tokens = createSessionTokens(keys);
  const token = tokens.sign(SESSION);

  it("gives back what was signed", () => {
    expect(tokens.verify(token, NOW)).toEqual({ ok: true, session: SESSION });
  });

  it("is over at its end", () => {
    expect(tokens.verify(token, new Date(SESSION.expiresAt.getTime() - 1))).toMatchObject({ ok: true });
    expect(tokens.verify(token, SESSION.expiresAt)).toEqual({ ok: false, code: "session_expired" });
  });

  it("is refused when any single bit of it is another one", () => {
    const bytes = Buffer.from(token, "latin1");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(tokens.verify(changed.toString("latin1"), NOW), `bit ${bit}`).toEqual(INVALID);
    }
  });

  it("is refused when it is cut, empty, lengthened or put together from two", () => {
    const [version = "", claims = "", signature = ""] = token.split(".");
    const other = tokens.sign({ ...SESSION, conversationId: "another" }).split(".")[2];
    const bad = [
      "",
      ".",
      "..",
      version,
      `${version}.${claims}`,
      `${version}.${claims}.`,
      `${token}=`,
      `${token}.`,
    ];
    for (const changed of [...bad, `${version}.${claims}.${other}`, token + "A".repeat(3_000)])
      expect(tokens.verify(changed, NOW), changed).toEqual(INVALID);
    expect(signature).toHaveLength(43);
  });

  it("is known by an installation whose keys were rotated, and by no other", () => {
    expect(createSessionTokens([key("k2"), ...keys]).verify(token, NOW)).toMatchObject({ ok: true });
    expect(createSessionTokens([key("k1")]).verify(token, NOW)).toEqual(INVALID);
  });
});
