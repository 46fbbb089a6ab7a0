import { isIP } from "node:net";
import { BIRTH_DATES } from "./pii/birth-dates.ts";
import { NATIONAL_IDS } from "./pii/national-ids.ts";
import { isOtherNumber, isVersion } from "./phones/phone-context.ts";
import { findPhones } from "./phones/find-phones.ts";
import { isTld } from "./links/host-names.ts";
import { hasCardIssuer, isCard, isIban, isIpv4, isNhs, isSsn } from "./pii/pii-validators.ts";
import { toPlainCharacters } from "./plain-characters.ts";
import type { PiiPattern } from "./pii/pii-pattern.ts";
import { SECRET_PATTERNS } from "./pii/secret-patterns.ts";

export interface PiiSpan {
  kind: string;
  start: number;
  /** Exclusive. */
  end: number;
}

/** Between the digits of one number: up to three spaces, line breaks, marks or signs without a width. */
const GAP = String.raw`[\s./_,\u00AD\u200B-\u200D\u2060\uFEFF-]{0,3}`;

/** The order is the priority: of two spans with one length, the earlier pattern decides the kind. */
const PATTERNS: readonly PiiPattern[] = [
  ...SECRET_PATTERNS,
  {
    kind: "EMAIL",
    candidate:
      /[\p{L}\p{M}\p{N}._%+'!#$^-]{1,64}@[\p{L}\p{M}\p{N}-]{1,63}(?:\.[\p{L}\p{M}\p{N}-]{1,63}){1,8}/gu,
  },
  // With a quoted name, or as contacts write it for readers only: "ann (at) mail.example".
  {
    kind: "EMAIL",
    candidate:
      /(?:"[^"\n]{1,64}"@|[\p{L}\p{M}\p{N}._%+'-]{1,64}(?: ?[([{](?:at|ät)[)\]}] ?| @ ))\[?[\p{L}\p{M}\p{N}-]{1,63}(?:(?:\.| ?[([{](?:dot|punkt)[)\]}] ?)[\p{L}\p{M}\p{N}-]{1,63}){1,8}\]?/giu,
    // "5 @ 3.50" is a price.
    isValid: (text) => isTld(/[\p{L}\p{M}\p{N}-]+(?=\]?$)/u.exec(text)?.[0] ?? ""),
  },
  { kind: "EMAIL", candidate: /[\p{L}\p{M}\p{N}._%+'-]{1,64}@\[[\d.:A-Fa-f]{2,45}\]/gu },
  // In groups of four. Upper and lower case are separate, so that the next word does not count as its end.
  {
    kind: "IBAN",
    candidate: new RegExp(
      String.raw`(?<![A-Za-z0-9])[A-Z]{2}[ -]?\d${GAP}\d(?:${GAP}[A-Z0-9]){11,30}(?![A-Z0-9])`,
      "g",
    ),
    isValid: isIban,
    inGroups: true,
  },
  {
    kind: "IBAN",
    candidate: new RegExp(
      String.raw`(?<![A-Za-z0-9])[a-z]{2}\d${GAP}\d(?:${GAP}[a-z0-9]){11,30}(?![a-z0-9])`,
      "g",
    ),
    isValid: isIban,
    inGroups: true,
  },
  // A run of capitals counts as an IBAN even with a mistyped digit.
  {
    kind: "IBAN",
    candidate: /\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g,
    isValid: (text) => text.replace(/\D/g, "").length >= 10,
  },
  {
    kind: "CARD",
    candidate: new RegExp(String.raw`(?<![\d.])\d(?:${GAP}\d){11,26}(?!\d)`, "g"),
    isValid: (text, before) => isCard(text) && hasCardGroups(text) && isCardHere(text, before),
    inGroups: true,
  },
  {
    kind: "SSN",
    candidate: /(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])/g,
    isValid: (text, before) => isSsn(text) && (text[3] === "-" || !isOtherNumber(before)),
  },
  {
    kind: "SSN",
    candidate:
      /(?<=\b(?:ssn|ss ?#|social(?: security)?|itin|tax(?:payer)? id)(?:[^\d\n]{0,30}|\s{0,3}))\d{3}[-. _/]{0,2}\d{2}[-. _/]{0,2}\d{4}(?!\d)/gi,
    isValid: isSsn,
  },
  {
    kind: "NINO",
    candidate:
      /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b/gi,
  },
  { kind: "NHS", candidate: /(?<=\bnhs\D{0,20})\d{3} ?\d{3} ?\d{4}\b/gi, isValid: isNhs },
  {
    kind: "IP",
    candidate: /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g,
    isValid: (text, before) => isIpv4(text) && !isVersion(before),
  },
  {
    kind: "IP",
    // May end in an IPv4 address (`::ffff:192.0.2.1`). A colon after a word or before a space belongs to the sentence.
    candidate:
      /(?<!\w|::|\b[0-9a-f]{1,4}:)[0-9a-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3}|(?<=[0-9a-f]|::))(?:%\w{1,16})?(?!\w|:[0-9a-f:]|\.\d)/gi,
    isValid: (text) => isIP(text) === 6 && isLongAddress(text),
  },
  ...BIRTH_DATES,
  ...NATIONAL_IDS,
];

const CARD_CUE =
  /(?:card|visa|master|maestro|amex|american express|credit|debit|karte|carte|tarjeta|carta|cart[ãa]o|kaart|karta|карт)/i;
/** Words that decide what a number is come directly before it. */
const CONTEXT = 40;

export interface PiiSearch {
  /** The country of phone numbers without a country code; null if it is not known. */
  phoneRegion: string | null;
}

/** Structured personal data and secrets in a text, in order, without overlaps. Names and street addresses are not covered. */
export function findPii(text: string, { phoneRegion }: PiiSearch = { phoneRegion: null }): PiiSpan[] {
  const plain = toPlainCharacters(text);
  const spans = PATTERNS.flatMap((pattern, priority) =>
    [...plain.matchAll(pattern.candidate)].flatMap((match) => {
      const before = plain.slice(Math.max(0, match.index - CONTEXT), match.index);
      const part = findValidSpan(match[0], before, pattern);
      if (part === null) return [];
      return [{ kind: pattern.kind, priority, start: match.index + part.start, end: match.index + part.end }];
    }),
  );
  const phones = findPhones(plain, { region: phoneRegion, isStrict: false });
  return mergeOverlaps([
    ...spans,
    ...phones.map((span) => ({ kind: "PHONE", priority: PATTERNS.length, ...span })),
  ]);
}

function findValidSpan(
  candidate: string,
  before: string,
  { isValid, inGroups }: PiiPattern,
): { start: number; end: number } | null {
  if (isValid === undefined || isValid(candidate, before)) return { start: 0, end: candidate.length };
  return inGroups ? findLongestValidGroups(candidate, (text) => isValid(text, before)) : null;
}

/** An expiry date may follow a card, a word may follow an IBAN: groups are dropped from both ends until the rest is valid. */
function findLongestValidGroups(candidate: string, isValid: (text: string) => boolean) {
  const groups = [...candidate.matchAll(/[A-Za-z0-9]+/g)].map((group) => ({
    start: group.index,
    end: group.index + group[0].length,
  }));
  const parts = groups.flatMap(({ start }, first) => groups.slice(first).map(({ end }) => ({ start, end })));
  const longestFirst = parts.toSorted((a, b) => b.end - b.start - (a.end - a.start));
  return longestFirst.find(({ start, end }) => isValid(candidate.slice(start, end))) ?? null;
}

/** Digits one by one, or groups as they are printed on cards: "1.234.567.890.123" and a list of numbers are no card. */
function hasCardGroups(text: string): boolean {
  if (/^[\d\s\u00AD\u200B-\u200D\u2060\uFEFF-]+$/.test(text)) return true;
  const groups = text.split(/\D+/);
  if (groups.every((group) => group.length === 1)) return true;
  return (
    groups.every((group, i) => group.length >= 4 || (i === groups.length - 1 && group.length >= 1)) ||
    groups.length === 1
  );
}

/** One of ten order numbers has the checksum of a card, so after such a word the issuer has to be right as well. */
function isCardHere(text: string, before: string): boolean {
  if (CARD_CUE.test(before) || !isOtherNumber(before)) return true;
  const groups = text.split(/\D+/).map((group) => group.length);
  if (/^4,4,4,4(?:,\d)?$/.test(groups.join(","))) return /^[3-6]/.test(text);
  return hasCardIssuer(text) && /^(?:\d+|4,6,[45])$/.test(groups.join(","));
}

/** `::`, `::1` and `a::b` are parts of code. */
function isLongAddress(text: string): boolean {
  return /\d/.test(text) && text.replace(/[^0-9a-f]/gi, "").length >= 5;
}

/** Merges overlapping spans and keeps the kind of the longest: dropping the shorter would leave its end in the text. */
function mergeOverlaps(spans: (PiiSpan & { priority: number })[]): PiiSpan[] {
  const merged: (PiiSpan & { longest: number })[] = [];
  for (const { kind, start, end } of spans.toSorted((a, b) => a.start - b.start || a.priority - b.priority)) {
    const last = merged.at(-1);
    if (last === undefined || start >= last.end) {
      merged.push({ kind, start, end, longest: end - start });
      continue;
    }
    if (end - start > last.longest) Object.assign(last, { kind, longest: end - start });
    last.end = Math.max(last.end, end);
  }
  return merged.map(({ kind, start, end }) => ({ kind, start, end }));
}
