import fc from "fast-check";
import { expect, test } from "vitest";
import { matchSecretToken } from "../../../../infra/runtime/signatures/secret-token.ts";

/** As Telegram takes them. */
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,256}$/);

test("the token may be the current or a previous secret", () => {
  expect(matchSecretToken("new", ["new", "old"])).toBe(0);
  expect(matchSecretToken("old", ["new", "old"])).toBe(1);
  expect(matchSecretToken("older", ["new", "old"])).toBe(-1);
});

test("an empty secret matches no caller, and without secrets no caller is accepted", () => {
  expect(matchSecretToken("", [""])).toBe(-1);
  expect(matchSecretToken("", ["", "new"])).toBe(-1);
  expect(matchSecretToken("new", ["", "new"])).toBe(1);
  expect(matchSecretToken("new", [])).toBe(-1);
});

test("no single bit may differ", () => {
  fc.assert(
    fc.property(token, fc.nat(), fc.nat(6), (secret, place, bit) => {
      const bytes = Buffer.from(secret);
      const index = place % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
      expect(matchSecretToken(secret, [secret])).toBe(0);
      expect(matchSecretToken(bytes.toString("latin1"), [secret])).toBe(-1);
    }),
    { numRuns: 500 },
  );
});

test("neither a beginning of the secret nor more than it will do", () => {
  fc.assert(
    fc.property(token, token, (secret, more) => {
      expect(matchSecretToken(secret.slice(0, -1), [secret])).toBe(-1);
      expect(matchSecretToken(secret + more, [secret])).toBe(-1);
    }),
  );
});
