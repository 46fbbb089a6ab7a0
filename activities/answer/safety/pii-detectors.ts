import { isIP } from "node:net";
import { findPhoneNumbersInText } from "libphonenumber-js";
import { isCard, isIban, isIpv4, isNhs, isSsn } from "./pii-validators.ts";

export interface PiiSpan {
  kind: string;
  start: number;
  /** Exclusive. */
  end: number;
}

interface Pattern {
  kind: string;
  /** Takes linear time: only bounded repeats, none nested. */
  candidate: RegExp;
  isValid?: (text: string) => boolean;
  /** Set if the candidate may extend into the next word: the longest valid run of whole groups counts. */
  inGroups?: true;
}

/** The order is the priority: of two spans with one length, the earlier pattern decides the kind. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: "PRIVATE_KEY",
    candidate:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,10000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  },
  {
    kind: "SECRET",
    candidate:
      /\b(?:sk-[\w-]{20,200}|A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{30,255}|github_pat_\w{22,255}|(?:xox[abeprs]|xapp)-[\w-]{10,200}|whsec_[\w+/=]{24,100})/g,
  },
  { kind: "SECRET", candidate: /\beyJ[\w-]{5,2000}\.eyJ[\w-]{5,4000}\.[\w-]{5,2000}/g },
  {
    kind: "URL_LOGIN",
    candidate: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,100}@[^\s<>"']{1,300}/gi,
  },
  {
    kind: "EMAIL",
    candidate: /[\p{L}\p{M}\p{N}._%+'-]{1,64}@[\p{L}\p{M}\p{N}-]{1,63}(?:\.[\p{L}\p{M}\p{N}-]{1,63}){1,8}/gu,
  },
  // In groups of four. Upper and lower case are separate, so that the next word does not count as its end.
  {
    kind: "IBAN",
    candidate: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b/g,
    isValid: isIban,
    inGroups: true,
  },
  {
    kind: "IBAN",
    candidate: /\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b/g,
    isValid: isIban,
    inGroups: true,
  },
  // A run of capitals counts as an IBAN even with a mistyped digit.
  {
    kind: "IBAN",
    candidate: /\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g,
    isValid: (text) => text.replace(/\D/g, "").length >= 10,
  },
  { kind: "CARD", candidate: /(?<![\d.])\d(?:[ -]?\d){11,18}(?![\d])/g, isValid: isCard, inGroups: true },
  { kind: "SSN", candidate: /(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])/g, isValid: isSsn },
  {
    kind: "SSN",
    candidate: /(?<=\b(?:ssn|social security|itin|tax(?:payer)? id)\D{0,30})\d{9}(?!\d)/gi,
    isValid: isSsn,
  },
  {
    kind: "NINO",
    candidate:
      /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/gi,
  },
  { kind: "NHS", candidate: /(?<=\bnhs\D{0,20})\d{3} ?\d{3} ?\d{4}\b/gi, isValid: isNhs },
  { kind: "IP", candidate: /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g, isValid: isIpv4 },
  {
    kind: "IP",
    // May end in an IPv4 address (`::ffff:192.0.2.1`). A colon after a word or before a space belongs to the sentence.
    candidate:
      /(?<!\w|::|\b[0-9a-f]{1,4}:)[0-9a-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3}|(?<=[0-9a-f]|::))(?:%\w{1,16})?(?!\w|:[0-9a-f:]|\.\d)/gi,
    isValid: (text) => isIP(text) === 6,
  },
  {
    kind: "DATE_OF_BIRTH",
    candidate:
      /(?<=\b(?:born(?: on)?|dob|date of birth|birthday(?: is)?)[:\s]{1,4})\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b/gi,
  },
  {
    kind: "DATE_OF_BIRTH",
    candidate:
      /(?<=\b(?:born(?: on)?|dob|date of birth|birthday(?: is)?)[:\s]{1,4})(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]{3,9}|[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?),? \d{4}\b/gi,
  },
  // Phone numbers: separators or a leading + distinguish them from prices and times.
  {
    kind: "PHONE",
    candidate:
      /(?<![\w.+])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{1,4}){1,5}(?:x\d{1,6})?(?!\w)/g,
    isValid: hasPhoneDigits,
  },
  {
    kind: "PHONE",
    candidate: /(?<![\w.+/-])\(?\d{2,4}\)?[ .-]?\d{2,7}(?:[ .-]\d{2,6}){0,4}(?: ?x\d{1,6})?(?!\w|[-/.]\d)/g,
    isValid: isGroupedPhone,
  },
];

/** Structured personal data and secrets in a text, in order, without overlaps. Names and street addresses are not covered. */
export function findPii(text: string): PiiSpan[] {
  const plain = normalizeCharacters(text);
  const spans = PATTERNS.flatMap((pattern, priority) =>
    [...plain.matchAll(pattern.candidate)].flatMap((match) => {
      const part = findValidSpan(match[0], pattern);
      if (part === null) return [];
      return [{ kind: pattern.kind, priority, start: match.index + part.start, end: match.index + part.end }];
    }),
  );
  return mergeOverlaps([...spans, ...findPhoneSpans(plain)]);
}

/** Full-width characters, no-break spaces and typographic dashes as ASCII, one for one, so that positions stay valid. */
function normalizeCharacters(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\u00A0\u2000-\u200A\u202F\u3000]/g, " ")
    .replace(/[\u2010-\u2015\u2212]/g, "-");
}

function findValidSpan(
  candidate: string,
  { isValid, inGroups }: Pattern,
): { start: number; end: number } | null {
  if (isValid === undefined || isValid(candidate)) return { start: 0, end: candidate.length };
  return inGroups ? findLongestValidGroups(candidate, isValid) : null;
}

/** An expiry date may follow a card, a word may follow an IBAN: groups are dropped from both ends until the rest is valid. */
function findLongestValidGroups(candidate: string, isValid: (text: string) => boolean) {
  const groups = [...candidate.matchAll(/[^ -]+/g)].map((group) => ({
    start: group.index,
    end: group.index + group[0].length,
  }));
  const parts = groups.flatMap(({ start }, first) => groups.slice(first).map(({ end }) => ({ start, end })));
  const longestFirst = parts.toSorted((a, b) => b.end - b.start - (a.end - a.start));
  return longestFirst.find(({ start, end }) => isValid(candidate.slice(start, end))) ?? null;
}

/** libphonenumber knows the plan of every country, but is slow. So it runs only on texts with enough digits. */
function findPhoneSpans(text: string): (PiiSpan & { priority: number })[] {
  if (text.length > 4_000 || !/\d(?:\D{0,3}\d){6}/.test(text)) return [];
  return findPhoneNumbersInText(text, "US").map(({ startsAt, endsAt }) => ({
    kind: "PHONE",
    priority: PATTERNS.length,
    start: startsAt,
    end: endsAt,
  }));
}

function hasPhoneDigits(text: string): boolean {
  const digits = text.replace(/x\d+$/, "").replace(/\D/g, "").length;
  return digits >= 7 && digits <= 15;
}

/** True for the grouping of a phone number; false for a date, a range of years or a plain number. */
function isGroupedPhone(text: string): boolean {
  if (
    /^\d{4}[-.]\d{2}[-.]\d{2}(?: |$)|^\d{2}[-.]\d{2}[-.]\d{4}(?: |$)|^(19|20)\d{2}[ -](19|20)\d{2}$/.test(
      text,
    )
  )
    return false;
  const isGrouped = /[ .()-]/.test(text) || /^0\d{9,10}$|^\d{10}$/.test(text);
  return isGrouped && hasPhoneDigits(text);
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
