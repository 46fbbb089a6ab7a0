import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { hasLabel, hasPhoneCue, isAmount, type PhoneContext, readNoun } from "./phone-context.ts";
import { isPlainNumber } from "./plain-numbers.ts";

export interface PhoneSearch {
  /** The country of numbers without a country code; null if it is not known. */
  region: string | null;
  /** For replies: a number that may be an order's or a sum is no phone number. Without it such a number counts after a word such as "call". */
  isStrict: boolean;
}

export interface PhoneChecks extends PhoneSearch {
  checks: { left: number };
}

interface Search extends PhoneChecks {
  /** No beginning of the number with its plus is possible in any country. */
  isOdd: boolean;
}

/** Countries that are tried where the region is not known, or where the number is none of the region. */
const COUNTRIES = "US DE FR GB NL IT ES PL RU IN BR AT CH BE SE DK NO FI PT CZ IE TR UA AU JP ZA MX".split(
  " ",
) as CountryCode[];
const EXTENSION = /[ ,]{0,2}(?:x|ext\.?|extension|app\.?|dw)[ .:]{0,2}\d{1,6}$/i;
const NORTH_AMERICAN =
  /^(?:1[ .-]{0,3})?(?:[([][2-9]\d{2}[)\]][ .-]{0,3}|[2-9]\d{2}[ .-]{1,3})[2-9]\d{2}[ .-]{0,3}\d{4}$/;
const RUSSIAN = /^8[ (-]{1,2}\d{3}(?:\D*\d){7}$/;
/** Groups as phone numbers have them in some country. */
const LOCAL =
  /^(?:\(\d{2,5}\)[ ./-]{0,3}\d{2,7}|\d{2,5}[ ./-]{1,3}\(?\d{2,7}\)?)(?:[ ./-]{1,3}\(?\d{2,7}\)?){0,4}$/;
/** 1 250 000, 1.250.000: a sum. */
const SUM = /^\d{1,3}(?:[.' \u00A0\u202F]\d{3})+$/;

interface Form {
  number: string;
  digits: string;
  isGrouped: boolean;
}

export type Certainty = "certain" | "likely" | "possible" | "none";

/** Decides if a messenger or a reader takes this text, which is whole groups of digits, for a phone number. */
export function judgePhone(found: string, context: PhoneContext, search: Search): Certainty {
  const number = found.replace(EXTENSION, "").trim();
  const digits = number.replace(/\D/g, "");
  if (number.includes("+")) return isInternational(number, digits, context, search) ? "certain" : "none";
  const form = { number, digits, isGrouped: number !== digits };
  if (digits.length < 7 || digits.length > 17 || /^(\d)\1+$/.test(digits)) return "none";
  if (isPlainNumber(number) || !isBalanced(number)) return "none";
  if (search.checks.left <= 0)
    return digits.length >= 9 && (form.isGrouped || digits.startsWith("0")) ? "possible" : "none";
  search.checks.left -= 1;
  if (needsClearForm(form, context, search)) return isClear(form, context, search) ? "certain" : "none";
  const exit = isInternationalPrefix(digits);
  if (exit !== null) return exit || (hasPhoneCue(context.before) && digits.length >= 11) ? "certain" : "none";
  if (digits.length > 15) return "none";
  if (isOfRegion(form, context, search)) return "certain";
  if (isForeign(form, context)) return "likely";
  return isProbable(form, context, search) ? "possible" : "none";
}

/** With its country code. */
export function isPossibleInternational(number: string): boolean {
  return number.includes("+") && (parse(number)?.isPossible() ?? false);
}

function isInternational(number: string, digits: string, context: PhoneContext, search: Search): boolean {
  if (/\d.*\+/.test(number)) return false;
  if (isPossibleInternational(number)) return true;
  if (!search.isOdd || isAmount(number.replace(/^\D+/, ""), context)) return false;
  return digits.length >= (search.isStrict ? 8 : 7) && digits.length <= 15;
}

/** After "order", as a sum, or next to a letter, only a form that no other number has counts. */
function needsClearForm({ number, digits, isGrouped }: Form, context: PhoneContext, search: Search): boolean {
  if (isAmount(number, context) || (!isGrouped && /^,\d{1,2}(?!\d)/.test(context.after))) return true;
  const noun = readNoun(context.before);
  const isLocal = !isGrouped && digits.startsWith("0") && isValidIn(number, search.region);
  if (noun !== null) return !(isLocal && (noun === "customer" || !search.isStrict));
  return isGlued(context) && !hasPhoneCue(context.before);
}

/** A letter or another number touches it. */
function isGlued({ before, after }: PhoneContext): boolean {
  return (
    /(?:[A-Za-z0-9_@](?:[./?#=&-]|(?<=\d)[,:])?|[A-Za-z0-9][?/#][\w-]{1,30})$/.test(before) ||
    /^(?:[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}_]|[.,:/-]?\d)/u.test(after)
  );
}

/** A form that only phone numbers have. It counts also after "order" and before "€": a messenger makes a link of it there too. */
function isClear({ number, digits, isGrouped }: Form, { before }: PhoneContext, search: Search): boolean {
  if (!isGrouped || digits.length < 9 || digits.length > 15) return false;
  if (NORTH_AMERICAN.test(number)) return isValid(number, "US");
  if (RUSSIAN.test(number)) return isValid(number, "RU");
  if (isInternationalPrefix(digits) === true) return true;
  // The number of an order, and a price or a count after it.
  if (readNoun(before) !== null && /^\d{7,}(?!\S)/.test(number)) return false;
  // Parts are numbered with hyphens, as phones are.
  if (search.isStrict && readNoun(before) === "thing") return false;
  if (!/^[([]?0\d/.test(number) && !/^[([]\d{2,5}[)\]]/.test(number)) return false;
  return isValidAnywhere(number) || isValidIn(number, search.region);
}

/** 00 and 011 are dialled before a country code. Null for a number without them. */
function isInternationalPrefix(digits: string): boolean | null {
  if (digits.startsWith("00")) return isValid(`+${digits.slice(2)}`, undefined);
  return digits.startsWith("011") && digits.length >= 11 && isValid(`+${digits.slice(3)}`, undefined)
    ? true
    : null;
}

/** A valid number of the region that is written as it is dialled there. */
function isOfRegion({ number, digits, isGrouped }: Form, { before }: PhoneContext, search: Search): boolean {
  const { region } = search;
  if (!isValidIn(number, region)) return false;
  if (hasPhoneCue(before) || /^[([]?0|^[([]/.test(number)) return true;
  const printed = parse(number, region as CountryCode)?.formatNational() ?? "";
  if (printed.startsWith("0")) return false;
  const isLong = digits.length >= 9 && (!isGrouped || /^\d{3,4}(?:[ .-]\d{2,}){1,3}$/.test(number));
  const isPrinted = printed.includes(" ") && readGroups(printed) === readGroups(number);
  return isLong || isPrinted || (hasLabel(before) && !SUM.test(number));
}

function readGroups(text: string): string {
  return text.split(/\D+/).filter(Boolean).join(" ");
}

/** A number that is none of the region, or whose region is not known: its form has to say that it is a phone number. */
function isForeign({ number, digits, isGrouped }: Form, { before }: PhoneContext): boolean {
  if (NORTH_AMERICAN.test(number)) return isValid(number, "US") || hasPhoneCue(before);
  if (RUSSIAN.test(number)) return isValid(number, "RU");
  const isTrunk = digits.startsWith("0") && digits.length >= 9 && digits.length <= 12;
  return isTrunk && (isGrouped || digits.length >= 10) && isValidAnywhere(number);
}

/** A word says that it is a phone number. In a prompt its groups may say so: masking one number too many costs less than one too few. */
function isProbable(form: Form, context: PhoneContext, { region, isStrict }: Search): boolean {
  const { number, digits, isGrouped } = form;
  const hasCue = hasPhoneCue(context.before);
  const isNamed = hasCue ? digits.length >= 8 : isStrict && digits.length >= 9 && hasLabel(context.before);
  if (isNamed && isValidAnywhere(number)) return true;
  if (isStrict) return false;
  if (digits.startsWith("0") && digits.length >= 9 && digits.length <= 12) return true;
  if (SUM.test(number) && !hasCue && !/^\d{2,3}(?: \d{3})+$/.test(number)) return false;
  if (isValidIn(number, region) && (isGrouped || digits.length >= 9)) return true;
  if (NORTH_AMERICAN.test(number)) return true;
  if (context.isAlone && (LOCAL.test(number) || /^[2-9]\d{9}$/.test(number))) return true;
  return context.isAlone && hasCue && (/\d[ ./()-]\d/.test(number) || /^[2-9]\d{6,11}$/.test(number));
}

function isBalanced(number: string): boolean {
  return (number.match(/[([]/g) ?? []).length === (number.match(/[)\]]/g) ?? []).length;
}

function isValidAnywhere(number: string): boolean {
  return COUNTRIES.some((country) => isValid(number, country));
}

function isValidIn(number: string, region: string | null): boolean {
  return region !== null && isSupportedCountry(region) && isValid(number, region);
}

function isValid(number: string, country: CountryCode | undefined): boolean {
  return parse(number, country)?.isValid() ?? false;
}

function parse(number: string, country?: CountryCode) {
  return parsePhoneNumberFromString(number.replace(/[^\d+() .-]/g, " "), country);
}
