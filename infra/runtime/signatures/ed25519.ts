import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

/* Ed25519 (RFC 8032) with bare keys. node:crypto needs the format of RFC 8410: a constant header before the key. */

const PRIVATE_HEADER = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_HEADER = Buffer.from("302a300506032b6570032100", "hex");
const SIGNATURE_BYTES = 64;

/** The 64-byte signature with a 32-byte seed. */
export function signEd25519(seed: Buffer, content: Buffer): Buffer {
  return sign(null, content, privateKey(seed));
}

/** Verifies signatures with this 32-byte public key. */
export function ed25519Verifier(publicKey: Buffer): (content: Buffer, signature: Buffer) => boolean {
  const der = Buffer.concat([PUBLIC_HEADER, publicKey]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return (content, signature) =>
    signature.length === SIGNATURE_BYTES && verify(null, content, key, signature);
}

/** The 32-byte public key that belongs to a seed. */
export function ed25519PublicKey(seed: Buffer): Buffer {
  const spki = createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" });
  return spki.subarray(PUBLIC_HEADER.length);
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_HEADER, seed]), format: "der", type: "pkcs8" });
}
