import { z } from "zod";

/** Rules for the text of a setting. A message states the rule, never the value. */

export const whole = (min: number, max: number) =>
  z
    .string()
    .refine(
      (value) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);
export const count = (max: number) => whole(1, max);
export const millis = (max: number) => whole(0, max);
export const usd = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,4})?$/, "must be an amount in USD such as 50 or 12.50, below 1000000")
  .transform(Number);
export const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be one of ${words.join(", ")}` });
export const flag = oneOf(["true", "false"]).transform((value) => value === "true");
export const secret = z.string().min(1, "must not be empty");
/** The egress guard and `fetch` refuse a URL with a password, so it would fail at its first use. */
export const httpUrl = z
  .url({
    protocol: /^https?$/,
    error: "must be an http(s) URL such as https://chat.example.com",
  })
  .refine(hasNoCredentials, "must not hold a user or a password before its host");

export const base64Key = z
  .string()
  .refine(isKey, "must be 32 bytes in base64 (make one: openssl rand -base64 32)")
  .transform((value) => Buffer.from(value, "base64"));

export const masterKeys = z
  .string()
  .refine(
    (value) => value.split(",").every(isMasterKey),
    "must be id:base64-of-32-bytes, several joined by commas, the current one first",
  )
  .refine(hasDistinctIds, "must give each key an id of its own")
  .transform((value) =>
    value.split(",").map((item) => ({ id: item.split(":")[0] ?? "", key: keyBytes(item) })),
  );

export const hostPorts = z
  .string()
  .refine(
    (value) => value === "" || value.split(",").every((item) => /^[^\s:/]+:\d{1,5}$/.test(item)),
    "must be host:port, several joined by commas",
  )
  .transform((value) => (value === "" ? [] : value.split(",")));

export const origins = z
  .string()
  .refine(
    (value) => value.split(",").every((item) => URL.canParse(item) && new URL(item).origin === item),
    "must be origins such as https://shop.example, without a path or a slash at the end, joined by commas",
  )
  .transform((value) => value.split(","));

export const networks = z
  .string()
  .regex(
    /^(loopback|linklocal|uniquelocal|[\da-fA-F.:]+(\/\d{1,3})?)(,(loopback|linklocal|uniquelocal|[\da-fA-F.:]+(\/\d{1,3})?))*$/,
    "must be addresses or networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal, joined by commas",
  )
  .transform((value) => value.split(","));

/** We sign with a secret. For a caller's signatures the public key is enough. */
export const signingSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, "must be whsec_ and 24 to 64 bytes in base64");
export const verifyingSecret = z
  .string()
  .regex(
    /^(whsec_[A-Za-z0-9+/]{32,86}|whpk_[A-Za-z0-9+/]{43})={0,2}$/,
    "must be whsec_ and 24 to 64 bytes in base64, or whpk_ and an Ed25519 public key in base64",
  );

/** 32 bytes. Node ignores characters that are not base64, so it would read a mistyped key as another key. */
function hasNoCredentials(value: string): boolean {
  if (!URL.canParse(value)) return true;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}

function isKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value);
}

function isMasterKey(item: string): boolean {
  return /^[\w-]{1,32}:/.test(item) && isKey(item.slice(item.indexOf(":") + 1));
}

/** With two keys of one id, only texts of the last key could be decrypted. */
function hasDistinctIds(value: string): boolean {
  const ids = value.split(",").map((item) => item.split(":")[0]);
  return new Set(ids).size === ids.length;
}

function keyBytes(item: string): Buffer {
  return Buffer.from(item.slice(item.indexOf(":") + 1), "base64");
}
