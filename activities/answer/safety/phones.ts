import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import {
  hasPhoneCue,
  isAmount,
  isDateOrFraction,
  isOtherNumber,
  isSum,
  isTimes,
  type PhoneContext,
} from "./phone-context.ts";

export interface PhoneSpan {
  start: number;
  /** Exclusive. */
  end: number;
}

export interface PhoneSearch {
  /** The country of numbers without a country code; null if it is not known. */
  region: string | null;
  /** For replies: a number that may be an order's or a sum is no phone number. Without it such a number counts after a word such as "call". */
  isStrict: boolean;
}

/** Countries that are tried where the region is not known, or where the number is none of the region. */
const COUNTRIES = "US DE FR GB NL IT ES PL RU IN BR AT CH BE SE DK NO FI PT CZ IE TR UA AU JP ZA MX".split(
  " ",
) as CountryCode[];
/** Each check takes up to 1 ms. A text with more numbers is a table, and a table hides more than it needs to. */
const MAX_CHECKS = 300;

/** The separators that libphonenumber and messengers accept within a number. */
const GAP = String.raw`[ \t.()[\]/~⁓∼～_\u00AD\u200B-\u200D\u2060\u00A0\u2007\u2009\u202F\u2010-\u2015\u2212-]{0,4}`;
/** A sign that only a reader accepts. After a plus no other number has such a form. */
const ODD_GAP = String.raw`(?:${GAP}|[·•*|{}])`;
const EXTENSION_FORM = String.raw`[ ,]{0,2}(?:x|ext\.?|extension|app\.?|dw)[ .:]{0,2}\d{1,6}`;
/** Digits with at most four separators between two of them. Takes linear time: digits and separators have no sign in common. */
const INTERNATIONAL = String.raw`(?<![A-Za-z0-9_])[([]?\+${GAP}[([{]?\d(?:${ODD_GAP}\d){5,17}(?!\d)(?:${EXTENSION_FORM})?`;
const NATIONAL = String.raw`(?<![A-Za-z0-9_@]|\d[.,:/-]|[A-Za-z][./-](?<!\btel\.|\bfax\.)|[A-Za-z0-9][?/#][\w-]{0,30})[([]?\d(?:${GAP}\d){5,17}(?!\d|[.,:/-]\d)(?:${EXTENSION_FORM})?(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}_])`;
const CANDIDATE = new RegExp(`${INTERNATIONAL}|${NATIONAL}`, "giu");
const EXTENSION = new RegExp(`${EXTENSION_FORM}$`, "i");

/** Phone numbers in a text, in order. */
export function findPhones(text: string, search: PhoneSearch): PhoneSpan[] {
  const checks = { left: MAX_CHECKS };
  return [...text.matchAll(CANDIDATE)].flatMap(({ 0: found, index: foundAt }) => {
    const { skipped, candidate } = dropOpenBracket(found);
    const index = foundAt + skipped;
    const context = {
      before: text.slice(Math.max(0, index - 40), index),
      after: text.slice(index + candidate.length, index + candidate.length + 12),
    };
    const part = findPhone(candidate, context, { ...search, checks });
    return part === null ? [] : [{ start: index + part.start, end: index + part.end }];
  });
}

/** "1) 030 901820" and "(030 901820": a bracket without its pair belongs to the sentence. */
function dropOpenBracket(found: string): { skipped: number; candidate: string } {
  const listed = /^\d{1,2}[)\]][ \t]*(?=[^ \t])/.exec(found)?.[0].length ?? 0;
  const rest = found.slice(listed);
  const isOpen = /^[([]/.test(rest) && count(rest, /[([]/g) > count(rest, /[)\]]/g);
  const skipped = isOpen ? listed + 1 : listed;
  return { skipped, candidate: found.slice(skipped) };
}

function count(text: string, sign: RegExp): number {
  return text.match(sign)?.length ?? 0;
}

interface Checks extends PhoneSearch {
  checks: { left: number };
}

/** A count may come before the number and a year after it: whole groups are dropped from both ends until the rest is a number. */
function findPhone(candidate: string, context: PhoneContext, search: Checks): PhoneSpan | null {
  const { isStrict } = search;
  if (candidate.includes("+")) return findInternational(candidate, context, isStrict);
  const isOther = isOtherNumber(context.before) || isAmount(candidate, context);
  if (isOther) return isClearPhone(candidate, search) ? { start: 0, end: candidate.length } : null;
  if (isPhone(candidate, context, search)) return { start: 0, end: candidate.length };
  const groups = [...candidate.matchAll(/[^\s]+/g)];
  if (groups.length < 2 || groups.length > 8) return null;
  const spans = groups
    .flatMap(({ index: start }, first) =>
      groups.slice(first).map((last) => ({ start, end: last.index + last[0].length })),
    )
    .filter(({ start, end }) => end - start >= 7 && end - start < candidate.length)
    .filter(({ start, end }) => isDroppable(candidate.slice(0, start)) && isDroppable(candidate.slice(end)))
    .toSorted((a, b) => b.end - b.start - (a.end - a.start));
  const cut = { before: isStrict ? "" : context.before, after: "" };
  return spans.find(({ start, end }) => isPhone(candidate.slice(start, end), cut, search)) ?? null;
}

/** With a country code. Another number may follow: the longest possible number counts. */
function findInternational(candidate: string, context: PhoneContext, isStrict: boolean): PhoneSpan | null {
  const ends = [
    candidate.length,
    ...Array.from(candidate.matchAll(/[ \t]+(?=[\d(])/g), ({ index }) => index).toReversed(),
  ];
  const possible = ends.slice(0, 8).find((end) => isPossible(candidate.slice(0, end)));
  if (possible !== undefined) return { start: 0, end: possible };
  const number = candidate.replace(EXTENSION, "");
  if (isAmount(number.replace(/^\D+/, ""), context)) return null;
  const digits = number.replace(/\D/g, "").length;
  return digits >= (isStrict ? 8 : 7) && digits <= 15 ? { start: 0, end: candidate.length } : null;
}

/** A count or a year. More digits would be a part of the same number. */
function isDroppable(groups: string): boolean {
  return groups
    .trim()
    .split(/\s+/)
    .every((group) => /^(?:.{0,3}|24\/7)$/.test(group) || /^(?:19|20)\d{2}$/.test(group));
}

function isPossible(number: string): boolean {
  return parsePhoneNumberFromString(number.replace(/[^\d+() .-]/g, " "))?.isPossible() ?? false;
}

function isPhone(candidate: string, { before }: PhoneContext, { region, isStrict, checks }: Checks): boolean {
  const number = candidate.replace(EXTENSION, "").trim();
  const digits = number.replace(/\D/g, "");
  if (digits.length < 7 || digits.length > 15 || /^(\d)\1+$/.test(digits)) return false;
  if (isDateOrFraction(number) || isTimes(number)) return false;
  const shape = { isGrouped: number !== digits, hasCue: hasPhoneCue(before) };
  if (checks.left <= 0) return digits.length >= 9 && (shape.isGrouped || digits.startsWith("0"));
  checks.left -= 1;
  const isExit = isInternationalPrefix(digits);
  if (isExit !== null) return isExit || (shape.hasCue && digits.length >= 11);
  // A count of nothing may come before a sum: "±0 1.234.567".
  const isSumForm = isSum(number.replace(/^0 /, "")) && !shape.hasCue;
  if (isSumForm && isStrict) return false;
  if (region !== null && isSupportedCountry(region) && isValid(number, region)) {
    if (!isStrict) return shape.isGrouped || shape.hasCue || digits.startsWith("0") || digits.length >= 9;
    if (shape.hasCue || /^\(?0|^\(/.test(number) || hasNationalFormat(number, region)) return true;
  }
  if (isSumForm && !/^\d{2,3}(?: \d{3})+$/.test(number)) return false;
  return isForeignPhone(number, digits, { ...shape, isStrict });
}

/** A form that only phone numbers have. It counts also after "order" and before "€": a messenger makes a link of it there too. */
function isClearPhone(candidate: string, { region, checks }: Checks): boolean {
  const number = candidate.replace(EXTENSION, "").trim();
  const digits = number.replace(/\D/g, "");
  if (number === digits || digits.length < 9 || digits.length > 15 || isDateOrFraction(number)) return false;
  if (isTimes(number) || checks.left <= 0) return false;
  checks.left -= 1;
  if (NORTH_AMERICAN.test(number)) return isValid(number, "US");
  if (RUSSIAN.test(number)) return isValid(number, "RU");
  if (isInternationalPrefix(digits) === true) return true;
  if (!/^[([]?0\d/.test(number) && !/^[([]\d{2,5}[)\]]/.test(number)) return false;
  return (
    isValidAnywhere(number) || (region !== null && isSupportedCountry(region) && isValid(number, region))
  );
}

/** 00 and 011 are dialled before a country code. Null for a number without them. */
function isInternationalPrefix(digits: string): boolean | null {
  if (digits.startsWith("00")) return isValid(`+${digits.slice(2)}`, undefined);
  return digits.startsWith("011") && digits.length >= 11 && isValid(`+${digits.slice(3)}`, undefined)
    ? true
    : null;
}

/** Grouped as its country prints it, or as contacts write it. Other groups may be a version, a time or a list of sizes. */
function hasNationalFormat(number: string, country: CountryCode): boolean {
  const readGroups = (text: string) => text.split(/\D+/).filter(Boolean).join(" ");
  const printed = readGroups(parsePhoneNumberFromString(number, country)?.formatNational() ?? "");
  const isWritten = /^\d{3,4}(?:[ -]\d{2,}){1,3}$/.test(number) && number.replace(/\D/g, "").length >= 9;
  return isWritten || (printed.includes(" ") && printed === readGroups(number));
}

const NORTH_AMERICAN =
  /^(?:1[ .-]{0,3})?(?:[([][2-9]\d{2}[)\]][ .-]{0,3}|[2-9]\d{2}[ .-]{1,3})[2-9]\d{2}[ .-]{1,3}\d{4}$/;
const RUSSIAN = /^8[ (-]{1,2}\d{3}(?:\D*\d){7}$/;

/** A number that is none of the region, or whose region is not known: its form has to say that it is a phone number. */
function isForeignPhone(
  number: string,
  digits: string,
  { isGrouped, hasCue, isStrict }: { isGrouped: boolean; hasCue: boolean; isStrict: boolean },
): boolean {
  const isTrunk = digits.startsWith("0") && digits.length >= 9 && digits.length <= 12;
  if (NORTH_AMERICAN.test(number)) return isValid(number, "US") || hasCue || !isStrict;
  if (RUSSIAN.test(number)) return isValid(number, "RU");
  if (isTrunk) return !isStrict || ((isGrouped || hasCue || digits.length >= 10) && isValidAnywhere(number));
  return (
    (hasCue && digits.length >= 8 && isValidAnywhere(number)) || (!isStrict && isGroupedLocal(number, hasCue))
  );
}

/** Groups as phone numbers have them in some country, or ten digits: masking one number too many costs less than one too few. */
function isGroupedLocal(number: string, hasCue: boolean): boolean {
  if (
    /^(?:\(\d{2,5}\)[ ./-]{0,3}\d{2,7}|\d{2,5}[ ./-]{1,3}\(?\d{2,7}\)?)(?:[ ./-]{1,3}\(?\d{2,7}\)?){0,4}$/.test(
      number,
    ) ||
    /^[2-9]\d{9}$/.test(number)
  )
    return true;
  return hasCue && (/\d[ ./()-]\d/.test(number) || /^[2-9]\d{6,11}$/.test(number));
}

function isValidAnywhere(number: string): boolean {
  return COUNTRIES.some((country) => isValid(number, country));
}

function isValid(number: string, country: CountryCode | undefined): boolean {
  return parsePhoneNumberFromString(number, country)?.isValid() ?? false;
}
