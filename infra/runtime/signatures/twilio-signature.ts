import { createHash, createHmac } from "node:crypto";
import { parse, stringify } from "node:querystring";
import { isEqual } from "./is-equal.ts";

/*
 * Twilio's scheme: base64(HMAC-SHA1(auth token, public URL + for each form field in byte order: name + value)). A JSON body is
 * not in the signature; the URL contains its SHA-256 as `bodySHA256`. No timestamp is signed, so only the dedupe key protects against a
 * replay.
 */

export interface TwilioSigned {
  /** The public URL with its query, as configured at Twilio. */
  url: string;
  rawBody: Buffer;
  contentType: string;
}

/** Index of the token that signed the request, or -1. Twilio signs one of several spellings of the URL, so all are tried. */
export function matchTwilioToken(
  request: TwilioSigned & { signature: string; tokens: readonly string[] },
): number {
  const content = signedContent(request);
  if (content === null) return -1;
  const urls = urlSpellings(request.url);
  // With an empty token, every caller could sign.
  return request.tokens.findIndex(
    (token) => token !== "" && urls.some((url) => isEqual(sign(token, url + content), request.signature)),
  );
}

/** The signature of one request, for the demo and the tests. */
export function signTwilioRequest(request: TwilioSigned & { token: string }): string {
  return sign(request.token, request.url + (signedContent(request) ?? ""));
}

/** Null for a body that the signature does not cover: a JSON body without its hash in the URL. */
function signedContent({ url, rawBody, contentType }: TwilioSigned): string | null {
  const promised = new URL(url).searchParams.get("bodySHA256");
  if (promised !== null)
    return isEqual(createHash("sha256").update(rawBody).digest("hex"), promised) ? "" : null;
  if (isForm(contentType)) return formContent(rawBody.toString("utf8"));
  return rawBody.length === 0 ? "" : null;
}

/** Of a repeated field, each distinct value counts once, in sorted order. */
function formContent(body: string): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(body)) {
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const names = [...values.keys()].toSorted(byCodeUnit);
  return names
    .flatMap((name) => [...(values.get(name) ?? [])].toSorted(byCodeUnit).map((value) => name + value))
    .join("");
}

/** As received, normalised, and with legacy escapes in the query; each with and without the standard port. */
function urlSpellings(url: string): string[] {
  const { href } = new URL(url);
  const spellings = [url, href, withOldQuery(href)].flatMap((spelling) => [
    withoutPort(spelling),
    withPort(spelling),
  ]);
  return [...new Set(spellings)];
}

/** Some servers of Twilio sign the query as Node's legacy module writes it: a quote unescaped, a colon escaped. */
function withOldQuery(url: string): string {
  const start = url.indexOf("?") + 1;
  return start === 0 || start === url.length ? url : url.slice(0, start) + stringify(parse(url.slice(start)));
}

function withPort(url: string): string {
  const parsed = new URL(url);
  if (parsed.port !== "") return url;
  const standard = parsed.protocol === "https:" ? "443" : "80";
  return url.replace(AUTHORITY, (authority) =>
    /:\d+$/.test(authority) ? authority : `${authority}:${standard}`,
  );
}

function withoutPort(url: string): string {
  return url.replace(AUTHORITY, (authority) => authority.replace(/:\d+$/, ""));
}

const AUTHORITY = /(?<=^https?:\/\/)[^/?#]*/;

function sign(token: string, content: string): string {
  return createHmac("sha1", token).update(Buffer.from(content, "utf8")).digest("base64");
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isForm(contentType: string): boolean {
  return contentType.toLowerCase().startsWith("application/x-www-form-urlencoded");
}
