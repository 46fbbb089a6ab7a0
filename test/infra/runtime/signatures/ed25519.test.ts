import { expect, test } from "vitest";
import {
  ed25519PublicKey,
  ed25519Verifier,
  signEd25519,
} from "../../../../infra/runtime/signatures/ed25519.ts";

const hex = (text: string) => Buffer.from(text, "hex");

/** RFC 8032, section 7.1: seed, public key, content, signature. */
const VECTORS = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
] as const;

test.each(VECTORS)(
  "the seed %.8s… has the standard's public key and signature",
  (seed, key, content, signature) => {
    expect(ed25519PublicKey(hex(seed)).toString("hex")).toBe(key);
    expect(signEd25519(hex(seed), hex(content)).toString("hex")).toBe(signature);
    expect(ed25519Verifier(hex(key))(hex(content), hex(signature))).toBe(true);
    expect(ed25519Verifier(hex(key))(hex(`${content}00`), hex(signature))).toBe(false);
  },
);

test("a signature of another length is none", () => {
  const [, key, content, signature] = VECTORS[0];
  const verifies = ed25519Verifier(hex(key));
  for (const given of ["", signature.slice(2), `${signature}00`])
    expect(verifies(hex(content), hex(given))).toBe(false);
});

test("a public key of small order verifies nothing, although its forgeries add up", () => {
  // The identity as key and as R, and S = 0: the equation holds for any content.
  const [identity, zero] = [hex("01".padEnd(64, "0")), Buffer.alloc(32)];
  expect(ed25519Verifier(identity)(hex("72"), Buffer.concat([identity, zero]))).toBe(false);
  expect(ed25519Verifier(zero)(hex("72"), Buffer.concat([identity, zero]))).toBe(false);
});
