import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { type FoundLink, findLinks } from "./find-links.ts";
import { namesAddress } from "./redirect-target.ts";

export interface LinkSources {
  /** Texts of the business's documents. A link that they name may be repeated exactly. */
  passages: readonly string[];
  /** The tenant's own list: hosts, URLs, addresses of e-mail, phone numbers, names. */
  listed: readonly string[];
  phoneRegion: string | null;
}

export interface AllowedLinks {
  phoneRegion: string | null;
  has(link: SentLink): boolean;
}

type Link = Pick<FoundLink, "kind" | "text">;
type SentLink = Link & Pick<FoundLink, "raw">;

/** Allows no link at all. */
export const NO_LINKS: AllowedLinks = { phoneRegion: null, has: ({ kind }) => kind === "property" };

/**
 * The links that a reply may contain. A passage allows its exact links and the start page of their hosts: another path could be a
 * redirect, and a query could contain the contact's data. A host on the tenant's list is allowed with every path that names no other
 * address.
 */
export function createAllowedLinks({ passages, listed, phoneRegion }: LinkSources): AllowedLinks {
  const find = (text: string) => findLinks(text, { phoneRegion });
  const owned = listed.map(parseListed);
  // Most replies have no link, and the search in the passages of a turn takes milliseconds.
  let keys: ReadonlySet<string> | null = null;
  const listKeysOnce = () =>
    (keys ??= new Set(
      [...passages.flatMap(find), ...owned].flatMap((link) => listAllowedKeys(link, phoneRegion)),
    ));
  const hosts = new Set(owned.flatMap((link) => (isStartPage(link) ? [hostOf(parseUrl(link.text))] : [])));
  const isOnOwnHost = ({ text }: Link) => {
    const url = parseUrl(text);
    if (url === null || !hosts.has(hostOf(url))) return false;
    return !namesAddress(url, (rest) => find(rest).length > 0);
  };
  const isNamed = (link: Link) => listKeys(link, phoneRegion).some((key) => listKeysOnce().has(key));
  return {
    phoneRegion,
    has: (link) =>
      link.kind === "property" ||
      (isReadAlike(link) && (isNamed(link) || isOnOwnHost(link) || listShorter(link).some(isNamed))),
  };
}

/**
 * The link is judged as a messenger reads it, and sent as it is written. "mybiz.com%2f@evil.com" is a page of mybiz.com for a reader that
 * decodes it, and a login at evil.com for a browser.
 */
function isReadAlike({ kind, text, raw }: SentLink): boolean {
  const read = kind === "url" ? parseUrl(text) : null;
  return read === null || parseUrl(raw)?.host === read.host;
}

/** An entry of the tenant's list is a link, also where its form could be another thing: a file, a sum. */
function parseListed(text: string): Link {
  if (/^[+\d ().-]+$/.test(text) && !/^\d+(?:\.\d+){3}$/.test(text)) return { kind: "phone", text };
  if (text.startsWith("@")) return { kind: "mention", text };
  return { kind: /^[^\s/]+@/.test(text) ? "email" : "url", text };
}

/** A count, a time or a year of the sentence may touch a phone number and look like a part of it. */
function listShorter({ kind, text }: Link): Link[] {
  if (kind !== "phone") return [];
  const words = [...text.matchAll(/[^ \t]+/g)].slice(0, 12);
  const isCount = (part: string) =>
    (part.match(/[^ \t]+/g) ?? []).every((word) =>
      /^(?:[^+]{1,3}|\d{1,2}[.:/-]\d{1,2}|(?:19|20)\d{2})$/.test(word),
    );
  return words.flatMap(({ index: start }, first) =>
    words
      .slice(first)
      .map((last) => ({ start, end: last.index + last[0].length }))
      .filter(({ end }) => isCount(text.slice(0, start)) && isCount(text.slice(end)))
      .map(({ end }) => ({ kind, text: text.slice(start, end) })),
  );
}

/** What a link in a document allows. */
function listAllowedKeys(link: Link, region: string | null): string[] {
  const url = link.kind === "url" ? parseUrl(link.text) : null;
  return [...listKeys(link, region, true), ...(url === null ? [] : [`start:${hostOf(url)}`])];
}

/** Each notation of a link that says the same. */
function listKeys(link: Link, region: string | null, isAllowing = false): string[] {
  const { kind, text } = link;
  if (kind === "phone" || /^(?:tel|sms|smsto|callto|facetime):/i.test(text))
    return listPhoneKeys(text, region, isAllowing);
  const email = /^mailto:/i.test(text) ? text.slice(7) : text;
  const exact = `exact:${text}`;
  if (kind === "email" || email !== text) return [exact, `email:${email.toLowerCase()}`];
  const url = kind === "url" ? parseUrl(text) : null;
  if (url === null) return [exact];
  const path = `${url.pathname.replace(/\/$/, "")}${url.search}${url.hash}`;
  return [exact, `url:${hostOf(url)}${path}`, ...(path === "" ? [`start:${hostOf(url)}`] : [])];
}

/**
 * A number of a document with a country code allows the national number. One without a code allows a code only if the region is known: with
 * another code it is the number of another country, and may cost money.
 */
function listPhoneKeys(text: string, region: string | null, isAllowing: boolean): string[] {
  const number = text.replace(/^[a-z]+:/i, "").replace(/^00/, "+");
  const country = region !== null && isSupportedCountry(region) ? region : undefined;
  const parsed = parsePhoneNumberFromString(number, country);
  const digits = number.replace(/\D/g, "");
  const national = parsed?.nationalNumber ?? digits.replace(/^0+/, "");
  const exact = `digits:${digits}`;
  const ofFull = national.length >= 8 && (parsed === undefined) !== isAllowing ? [`of-full:${national}`] : [];
  if (parsed !== undefined) return [exact, `full:${parsed.number}`, ...ofFull];
  return national.length < 8 ? [exact] : [exact, `national:${national}`, ...ofFull];
}

function isStartPage({ kind, text }: Link): boolean {
  const url = kind === "url" ? parseUrl(text) : null;
  return url !== null && `${url.pathname}${url.search}${url.hash}` === "/";
}

/** A web address as browsers read it; null for any other scheme, and where it contains a login or a backslash. */
function parseUrl(text: string): URL | null {
  const full = /^https?:\/\/[^/\\]/i.test(text)
    ? text
    : /^[\w+-]+(?::|$)(?!\d)|^\//.test(text)
      ? null
      : `https://${text}`;
  if (full === null || text.includes("\\") || !URL.canParse(full)) return null;
  const url = new URL(full);
  return url.username === "" && url.password === "" ? url : null;
}

/** With its port, and without the "www." that most hosts answer to as well. */
function hostOf(url: URL | null): string {
  return url?.host.replace(/^www\./, "") ?? "";
}
