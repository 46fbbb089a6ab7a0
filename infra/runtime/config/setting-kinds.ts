import { z } from "zod";
import { isExceptionList, isProxyUrl } from "../network/proxy-routes.ts";
import { isProxyNetwork } from "../network/trusted-proxies.ts";
import { parseDatabaseUrl } from "../servers/database-url.ts";
import { parseRedisUrl } from "../servers/redis-url.ts";

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
const PRICE = "\\d{1,6}(?:\\.\\d{1,6})?";
/** Per million tokens. */
export const price = z
  .string()
  .regex(new RegExp(`^${PRICE}$`), "must be USD per million tokens such as 0.02")
  .transform(Number);
export const prices = z
  .string()
  .regex(
    new RegExp(`^${PRICE}(?:,${PRICE}){2}$`),
    "must be three prices in USD per million tokens (input, cached input, output) such as 2.5,1.25,10",
  )
  .transform((value) => {
    const [input = 0, cachedInput = 0, output = 0] = value.split(",").map(Number);
    return { input, cachedInput, output };
  });
export const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be one of ${words.join(", ")}` });
export const flag = oneOf(["true", "false"]).transform((value) => value === "true");
/** Secrets are sent in headers, which take no other characters: such a value would fail each call. */
export const secret = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[!-~]*$/, "must be letters, digits and signs of ASCII, without spaces and line breaks");
/** Secrets that are only compared with what a caller sends. Parts of them may be words with spaces. */
export const comparedSecret = z
  .string()
  .regex(/^(?!\s)[^\p{Cc}\u2028\u2029]+(?<!\s)$/u, "must be text in one line, without spaces at its ends");
export const word = z.string().regex(/^[\w.:/@+-]{1,200}$/, "must be letters, digits and . : / @ _ + -");
/** A port that a client can connect to. */
const PORT = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const HOST_PORT = new RegExp(`^(?:[\\w.-]+|\\[[\\da-f:.]+\\]):${PORT}$`, "i");
export const hostPort = z.string().regex(HOST_PORT, "must be host:port");
export const host = z
  .string()
  .regex(
    /^(?:[\w.-]{1,253}|[\da-f:.]+)$/i,
    "must be the name or address of a network interface, without a port",
  );
/** The egress guard and `fetch` refuse a URL with a password, so it would fail at its first use. */
export const httpUrl = z
  .url({
    protocol: /^https?$/,
    error: "must be an http(s) URL such as https://chat.example.com",
  })
  .refine(hasNoCredentials, "must not hold a user or a password before its host")
  .refine((value) => !value.includes("#"), "must not have a part after #");
/** Paths are added to it. */
export const baseUrl = httpUrl.refine((value) => !value.includes("?"), "must not have a part after ?");

/** A text that one of our parsers reads. It stays as it is. */
const parsedText = (parse: (text: string) => { ok: true } | { ok: false; rule: string }) =>
  z.string().superRefine((value, context) => {
    const parsed = parse(value);
    if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.rule });
  });
export const databaseUrl = parsedText(parseDatabaseUrl);
export const redisUrl = parsedText(parseRedisUrl);

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
    (value) => value.split(",").every((item) => HOST_PORT.test(item)),
    "must be host:port, several joined by commas",
  )
  .transform((value) => value.split(","));

export const origins = z
  .string()
  .refine(
    (value) => value.split(",").every((item) => URL.canParse(item) && new URL(item).origin === item),
    "must be origins such as https://shop.example, without a path or a slash at the end, joined by commas",
  )
  .transform((value) => value.split(","));

export const idList = z
  .string()
  .refine(
    (value) => value.split(",").every((item) => /^[\w-]{1,100}$/.test(item)),
    "must be ids, joined by commas",
  )
  .transform((value) => value.split(","));

export const networks = z
  .string()
  .refine(
    (value) => value.split(",").every(isProxyNetwork),
    "must be addresses, networks such as 10.0.0.0/8 or 2001:db8::/32, loopback, linklocal or uniquelocal, joined by commas",
  )
  .transform((value) => value.split(","));

export const proxyUrl = z
  .string()
  .refine(
    isProxyUrl,
    "must be a URL such as http://proxy.internal:3128, without a path, and %25 for each % of a password; SOCKS proxies are not supported",
  );
export const noProxy = z
  .string()
  .refine(
    isExceptionList,
    "must be hosts, domains, addresses or networks such as .internal,10.0.0.0/8, joined by commas, or *",
  );

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
