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
  /** Linear in the text: bounded repeats only, no nested ones. */
  candidate: RegExp;
  isValid?: (text: string) => boolean;
}

/** Order is priority: where two spans overlap, the longer wins, then the one that stands first here. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: "PRIVATE_KEY",
    candidate:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,10000}?-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
  },
  {
    kind: "SECRET",
    candidate:
      /\b(?:sk-[\w-]{20,200}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,255}|xox[abprs]-[\w-]{10,200}|whsec_[\w+/=]{24,100})/g,
  },
  { kind: "SECRET", candidate: /\beyJ[\w-]{5,2000}\.eyJ[\w-]{5,4000}\.[\w-]{5,2000}/g },
  {
    kind: "URL_LOGIN",
    candidate: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,100}@[^\s]{1,300}/gi,
  },
  {
    kind: "EMAIL",
    candidate: /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu,
  },
  // In groups of four; one case throughout, so that the word behind it is not taken for its end.
  {
    kind: "IBAN",
    candidate: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b/g,
    isValid: isIban,
  },
  {
    kind: "IBAN",
    candidate: /\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b/g,
    isValid: isIban,
  },
  // In one run of capitals it is an IBAN even with a digit mistyped.
  {
    kind: "IBAN",
    candidate: /\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b/g,
    isValid: (text) => text.replace(/\D/g, "").length >= 10,
  },
  { kind: "CARD", candidate: /(?<![\d.])\d(?:[ -]?\d){11,18}(?![\d])/g, isValid: isCard },
  { kind: "SSN", candidate: /(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])/g, isValid: isSsn },
  {
    kind: "SSN",
    candidate: /(?<=\b(?:ssn|social security|itin|tax(?:payer)? id)\D{0,30})\d{9}(?!\d)/gi,
    isValid: isSsn,
  },
  {
    kind: "NINO",
    candidate: /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g,
  },
  { kind: "NHS", candidate: /(?<=\bnhs\D{0,20})\d{3} ?\d{3} ?\d{4}\b/gi, isValid: isNhs },
  { kind: "IP", candidate: /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g, isValid: isIpv4 },
  {
    kind: "IP",
    candidate: /(?<![\w:])[0-9a-f:]{3,39}(?:%\w{1,16})?(?![\w:])/gi,
    isValid: (text) => isIP(text) === 6,
  },
  {
    kind: "DATE_OF_BIRTH",
    candidate:
      /(?<=\b(?:born(?: on)?|dob|date of birth|birthday(?: is)?)[:\s]{1,4})\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b/gi,
  },
  // Numbers people write as numbers to call: the separators or a leading + tell them from prices and times.
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

/** Structured personal data and secrets in a text, not overlapping, in order. Names and street addresses are not covered. */
export function findPii(text: string): PiiSpan[] {
  const spans = PATTERNS.flatMap(({ kind, candidate, isValid }, priority) =>
    [...text.matchAll(candidate)]
      .filter((match) => isValid === undefined || isValid(match[0]))
      .map((match) => ({ kind, priority, start: match.index, end: match.index + match[0].length })),
  );
  return withoutOverlaps([...spans, ...phoneSpans(text)]);
}

/** libphonenumber knows every country's plan, but is slow: it looks only where there are digits enough for a number. */
function phoneSpans(text: string): (PiiSpan & { priority: number })[] {
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

/** Grouped as numbers to call are; a date, a span of years or a bare number is not. */
function isGroupedPhone(text: string): boolean {
  if (/^\d{4}[-.]\d{2}[-.]\d{2}$|^\d{2}[-.]\d{2}[-.]\d{4}$|^(19|20)\d{2}[ -](19|20)\d{2}$/.test(text))
    return false;
  const isGrouped = /[ .()-]/.test(text) || /^0\d{9,10}$|^\d{10}$/.test(text);
  return isGrouped && hasPhoneDigits(text);
}

function withoutOverlaps(spans: (PiiSpan & { priority: number })[]): PiiSpan[] {
  const longestFirst = spans.toSorted(
    (a, b) => b.end - b.start - (a.end - a.start) || a.priority - b.priority,
  );
  const kept: PiiSpan[] = [];
  for (const { kind, start, end } of longestFirst) {
    if (kept.every((other) => end <= other.start || start >= other.end)) kept.push({ kind, start, end });
  }
  return kept.toSorted((a, b) => a.start - b.start);
}
