import { describe, expect, test } from "vitest";
import {
  isSignedByWebhookSecret,
  signByWebhookSecret,
} from "../../../../infra/runtime/signatures/webhook-secret.ts";

const CONTENT = Buffer.from("a.1767225600.x");
const PUBLIC_KEY = "whpk_/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg=";
const PRIVATE_KEY = `whsk_${Buffer.alloc(32, 9).toString("base64")}`;
const secretOf = (prefix: string, bytes: number) => `${prefix}_${Buffer.alloc(bytes, 5).toString("base64")}`;

function isSigned(secret: string, item: string): boolean {
  const [version = "", value = ""] = item.split(",");
  return isSignedByWebhookSecret(secret, CONTENT)(version, Buffer.from(value, "base64"));
}

test.each([
  ["an HMAC secret of 24 bytes", secretOf("whsec", 24), secretOf("whsec", 24)],
  ["an HMAC secret of 64 bytes", secretOf("whsec", 64), secretOf("whsec", 64)],
  ["an HMAC secret without its prefix", secretOf("whsec", 32).slice(6), secretOf("whsec", 32)],
  ["a private key", PRIVATE_KEY, PUBLIC_KEY],
])("only the matching half verifies the signature of %s", (_what, sign, verifying) => {
  const item = signByWebhookSecret(sign, CONTENT);
  expect(isSigned(verifying, item)).toBe(true);
  for (const other of [secretOf("whsec", 25), secretOf("whpk", 32).replace("BQUF", "BQUG")])
    expect(isSigned(other, item)).toBe(false);
});

test("a signature of one scheme under the other's name is none", () => {
  const [hmac, ed25519] = [secretOf("whsec", 32), PRIVATE_KEY].map((secret) =>
    signByWebhookSecret(secret, CONTENT),
  ) as [string, string];
  expect(isSigned(secretOf("whsec", 32), hmac.replace("v1,", "v1a,"))).toBe(false);
  expect(isSigned(PUBLIC_KEY, ed25519.replace("v1a,", "v1,"))).toBe(false);
});

describe("a secret that protects nothing", () => {
  const [short, long] = [secretOf("whsec", 23), secretOf("whsec", 65)];

  test.each(["", "whsec_", "whsec_!!!!", short, long, PUBLIC_KEY])("the secret %j cannot sign", (secret) => {
    expect(() => signByWebhookSecret(secret, CONTENT)).toThrow(/must be whsec_ and 24 to 64 bytes in base64/);
  });

  test.each([
    "whsk_",
    secretOf("whsk", 31),
    secretOf("whsk", 33),
    // The last 32 bytes are not the public key of the first.
    secretOf("whsk", 64),
    // One character is not base64.
    `whsk_-${secretOf("whsk", 32).slice(6)}`,
  ])("%.30s… is no private key, and is not shown", (secret) => {
    const sign = () => signByWebhookSecret(secret, CONTENT);
    expect(sign).toThrow(/^A webhook private key/);
    expect(sign).not.toThrow(/BQUF/);
  });

  test.each(["", "whsec_", short, "whpk_AAAA", `whpk_-${PUBLIC_KEY.slice(6)}`, PRIVATE_KEY])(
    "the secret %j cannot verify",
    (secret) => {
      expect(() => isSignedByWebhookSecret(secret, CONTENT)).toThrow(/must be wh/);
    },
  );

  test("is not shown in the error", () => {
    const hidden = Buffer.alloc(20, 5).toString("base64");
    for (const secret of [`whsec_${hidden}`, `whpk_${hidden}`])
      expect(() => isSignedByWebhookSecret(secret, CONTENT)).not.toThrow(new RegExp(hidden.slice(0, 20)));
  });
});
