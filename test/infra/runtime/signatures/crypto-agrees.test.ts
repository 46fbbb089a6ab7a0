import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ed25519PublicKey,
  ed25519Verifier,
  signEd25519,
} from "../../../../infra/runtime/signatures/ed25519.ts";
import { matchMetaSecret, signMetaBody } from "../../../../infra/runtime/signatures/meta-signature.ts";

const CASES = { numRuns: 10_000 };
const bytes = fc.uint8Array({ maxLength: 80 }).map((list) => Buffer.from(list));

/** RFC 2104 by hand, on nothing but the hash: Meta has no package to compare with. */
function hmacSha256(key: Buffer, content: Buffer): string {
  const sha256 = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
  const block = Buffer.alloc(64);
  (key.length > 64 ? sha256(key) : key).copy(block);
  const pad = (fill: number) => block.map((byte) => byte ^ fill);
  return sha256(Buffer.from(pad(0x5c)), sha256(Buffer.from(pad(0x36)), content)).toString("hex");
}

function flipBit(content: Buffer, position: number): Buffer {
  const changed = Buffer.from(content);
  const index = Math.floor(position / 8) % Math.max(changed.length, 1);
  return Buffer.from(changed.map((byte, i) => (i === index ? byte ^ (1 << (position % 8)) : byte)));
}

describe("Meta's signature", () => {
  test("is the published one, as an independent calculation has it", () => {
    const rawBody = Buffer.from('{"object":"page","entry":[]}');
    const published = "sha256=e6e9d7a842a48e17f43a34d6125d0d933e2aab92ee37f0993a4d493b50e3d438";
    expect(signMetaBody({ rawBody, secret: "app-secret" })).toBe(published);
    expect(`sha256=${hmacSha256(Buffer.from("app-secret"), rawBody)}`).toBe(published);
  });

  test(`is made and judged as by an independent calculation, in ${CASES.numRuns} cases`, () => {
    const secret = fc.string({ unit: "grapheme", minLength: 1, maxLength: 90 });
    fc.assert(
      fc.property(
        secret,
        secret,
        bytes,
        bytes,
        fc.nat(4),
        fc.nat(),
        (own, other, sent, another, defect, bit) => {
          const signed = `sha256=${hmacSha256(Buffer.from(own), sent)}`;
          expect(signMetaBody({ rawBody: sent, secret: own })).toBe(signed);
          const rawBody = defect === 1 ? another : defect === 2 ? flipBit(sent, bit) : sent;
          const known = defect === 3 ? other : own;
          const signature = defect === 4 ? signed.slice(0, bit % signed.length) : signed;
          const isGenuine = signature === `sha256=${hmacSha256(Buffer.from(known), rawBody)}`;
          expect(matchMetaSecret({ rawBody, signature, secrets: [known] })).toBe(isGenuine ? 0 : -1);
        },
      ),
      CASES,
    );
  });

  test.each(["", "sha256=", "e6e9", "sha1=e6e9", `sha256=${"0".repeat(64)}`])(
    "%j is not a valid signature",
    (signature) => {
      const rawBody = Buffer.from("{}");
      expect(matchMetaSecret({ rawBody, signature, secrets: ["app-secret", ""] })).toBe(-1);
    },
  );

  test("an empty secret verifies nothing, and only lower-case hexadecimal is accepted", () => {
    const rawBody = Buffer.from("{}");
    const signature = signMetaBody({ rawBody, secret: "" });
    expect(matchMetaSecret({ rawBody, signature, secrets: [""] })).toBe(-1);
    const large = signMetaBody({ rawBody, secret: "s" }).toUpperCase();
    expect(matchMetaSecret({ rawBody, signature: large, secrets: ["s"] })).toBe(-1);
  });
});

describe("an Ed25519 signature", () => {
  // node:crypto reads a key as JWK (RFC 8037) by another way than the DER wrapping that ours puts around it.
  const jwk = (seed: Buffer) => {
    const [d, x] = [seed, ed25519PublicKey(seed)].map((part) => part.toString("base64url")) as [
      string,
      string,
    ];
    const okp = { kty: "OKP", crv: "Ed25519", x };
    return {
      privateKey: createPrivateKey({ key: { ...okp, d }, format: "jwk" }),
      publicKey: createPublicKey({ key: okp, format: "jwk" }),
      isTheirs: ed25519Verifier(Buffer.from(x, "base64url")),
      seed,
    };
  };
  const pairs = Array.from({ length: 20 }, (_, i) => jwk(createHash("sha256").update(`seed ${i}`).digest()));

  test(`is made and judged as by node:crypto itself, in ${CASES.numRuns} cases`, () => {
    const pair = fc.constantFrom(...pairs);
    fc.assert(
      fc.property(pair, pair, bytes, bytes, fc.nat(4), fc.nat(), (own, other, said, another, defect, bit) => {
        const signed = sign(null, said, own.privateKey);
        expect(signEd25519(own.seed, said).equals(signed)).toBe(true);
        const content = defect === 1 ? another : said;
        const signature =
          defect === 2 ? flipBit(signed, bit) : defect === 3 ? signed.subarray(0, bit % 64) : signed;
        const known = defect === 4 ? other : own;
        const verdict = verify(null, content, known.publicKey, signature);
        expect(known.isTheirs(content, signature)).toBe(verdict);
        if (defect === 0) expect(verdict).toBe(true);
      }),
      CASES,
    );
  });
});
