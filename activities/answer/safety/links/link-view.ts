import { toPlainDigit } from "../plain-characters.ts";
import { PLACEHOLDER } from "../placeholder.ts";

/**
 * A reply as a messenger reads it when it looks for links: without invisible characters, with ordinary dots, slashes and letters, and
 * with the values of its placeholders.
 */
export interface LinkView {
  text: string;
  /** For each position of `text`, the range of the reply that it comes from. */
  starts: readonly number[];
  ends: readonly number[];
}

/** Signs without a width: soft hyphens, joiners, direction and control characters, variation selectors, fillers, the frame of a keycap. */
const INVISIBLE =
  /\p{Cf}|(?![\t\n\v\f\r])\p{Cc}|\p{Variation_Selector}|\u034F|\u115F|\u1160|\u17B4|\u17B5|\u20E3/u;
/** Signs that are read as a part of an address, and that NFKC leaves as they are. IDNA reads the dots of Chinese as dots. */
const ADDRESS_SIGNS: Readonly<Record<string, string>> = {
  "\u3002": ".",
  "\uFF61": ".",
  "\u2044": "/",
  "\u2215": "/",
  "\u2236": ":",
  "\uA789": ":",
};
const ENCODED =
  /%[2-7][0-9a-f]|&(?:amp;)?(?:#0{0,6}\d{2,3}|#x0{0,6}[0-9a-f]{2}|period|sol|colon|commat|quest|num);?/giy;
/** Forms in which a reader still sees an address: "evil[.]com", "a (at) evil (dot) com". */
const WRITTEN = / ?(?:\[\.\]|\(\.\)|\{\.\}|[[({](?:dot|punkt|at)[\])}]) ?(?=[\p{L}\p{N}])/iuy;
const ENTITIES: Readonly<Record<string, string>> = {
  period: ".",
  sol: "/",
  colon: ":",
  commat: "@",
  quest: "?",
  num: "#",
};
const PLACEHOLDER_HERE = new RegExp(PLACEHOLDER, "y");

export function createLinkView(reply: string, placeholders: Readonly<Record<string, string>> = {}): LinkView {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  const add = (piece: string, start: number, end: number) => {
    text += piece;
    for (let i = 0; i < piece.length; i++) {
      starts.push(start);
      ends.push(end);
    }
  };
  for (let at = 0; at < reply.length;) {
    const placeholder = matchAt(PLACEHOLDER_HERE, reply, at);
    const value = placeholder === null ? undefined : placeholders[placeholder];
    const encoded = value === undefined ? (matchAt(ENCODED, reply, at) ?? matchWritten(reply, at)) : null;
    const sign = String.fromCodePoint(reply.codePointAt(at) ?? 0);
    const length = value === undefined ? (encoded ?? sign).length : (placeholder ?? "").length;
    if (value !== undefined) add(readPlain(value), at, at + length);
    else if (encoded !== null) add(decode(encoded), at, at + length);
    else add(readSign(sign), at, at + length);
    at += length;
  }
  return { text, starts, ends };
}

/** The range of the reply that these positions of the view come from. */
export function toReplyRange({ starts, ends }: LinkView, start: number, end: number) {
  return { start: starts[start] ?? 0, end: ends[end - 1] ?? 0 };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  // Most characters begin neither, and a regular expression is slow.
  const first = text[at];
  if (first !== "[" && first !== "%" && first !== "&") return null;
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** After a letter only: "a full stop (.) ends it" is none. */
function matchWritten(reply: string, at: number): string | null {
  if (!/[ [({]/.test(reply[at] ?? "") || !/[\p{L}\p{N}]/u.test(reply[at - 1] ?? "")) return null;
  WRITTEN.lastIndex = at;
  return WRITTEN.exec(reply)?.[0] ?? null;
}

function readPlain(text: string): string {
  return Array.from(text, readSign).join("");
}

function readSign(sign: string): string {
  if (sign >= " " && sign <= "~") return sign;
  const known = ADDRESS_SIGNS[sign];
  if (known !== undefined) return known;
  if (INVISIBLE.test(sign)) return "";
  const plain = toPlainDigit(sign.normalize("NFKC"));
  // An ellipsis or a ligature of several signs is no part of an address.
  return /^[\x21-\x7E]$/.test(plain) ? plain : sign;
}

/** A space would cut the link in two, so only visible signs are decoded. */
function decode(encoded: string): string {
  if (/[[({]/.test(encoded)) return /at/i.test(encoded) ? "@" : ".";
  const name = encoded.replace(/&amp;|[&;]/gi, "").toLowerCase();
  const entity = ENTITIES[name];
  if (entity !== undefined) return entity;
  const code = Number.parseInt(
    name.replace(/^(?:%|#x?)/, ""),
    name.startsWith("#") && name[1] !== "x" ? 10 : 16,
  );
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : encoded;
}
