import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

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

const GAP = String.raw`[ \t.()/_\u00AD\u200B-\u200D\u2060\u00A0\u2007\u2009\u202F\u2010-\u2015\u2212-]{0,4}`;
/** Digits with at most four separators between two of them. Takes linear time: digits and separators have no sign in common. */
const CANDIDATE = new RegExp(
  String.raw`(?<![A-Za-z0-9_@]|[A-Za-z0-9][.,:/-](?<!\btel[.:]|\bfax[.:])|[=&?/#][\w-]{0,30})(?:\(?\+${GAP})?\(?\d(?:${GAP}\d){5,17}(?!\d|[.,:/-]\d)(?:[ ,]{0,2}(?:x|ext\.?|extension|app\.?|dw)[ .:]{0,2}\d{1,6})?(?![\p{L}_])`,
  "giu",
);
const EXTENSION = /[ ,]{0,2}(?:x|ext\.?|extension|app\.?|dw)[ .:]{0,2}\d{1,6}$/i;
const DATE =
  /(?:^|\D)(?:(?:19|20)\d{2}([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d{2})(?!\d)/;
const YEARS = /^(?:0 )?(?:19|20)\d{2}\s?[-/–. ]\s?(?:19|20)\d{2}$/;
/** Opening hours and days: 9.00-17.00, 01.05.24-03.05.24. */
const TIMES =
  /(?<!\d)(?:(?:[01]?\d|2[0-4])[.:][0-5]\d\s?[-–—]\s?(?:[01]?\d|2[0-4])[.:][0-5]\d|[0-3]?\d\.[01]?\d\.\d{2}\s?[-–—]\s?[0-3]?\d\.[01]?\d\.\d{2})(?!\d)/;
/** 1 250 000, 1.250.000 or 12,500: a sum. */
const SUM = /^\d{1,3}(?:[.' \u00A0\u202F]\d{3})+$/;
const MONEY_BEFORE = /(?:[$€£¥₹₽₺₩]|\b(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|JPY|Rs\.?|R\$|kr\.?))\s?$/i;
const MONEY_AFTER =
  /^\s?(?:[$€£¥₹₽₺₩%]|(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|kr|zł|euros?|dollars?|pounds?|people|users|items|pcs|stück|tokens?|bytes|[kMG]B|km|kg|mm|cm|ms)\b)/i;
/** Words between a cue and its number: "call us today at". */
const WORDS_BETWEEN = String.raw`(?!\p{L})[ \t:.,'"“„(*_!-]{0,4}(?:\p{L}{1,14}[ \t:.,'"“„(*_!-]{1,3}){0,3}$`;
const PHONE_CUE = new RegExp(
  String.raw`(?<!\p{L})(?:phone|tel|telefon\p{L}{0,4}|telephone|telefono|tel[ée]fono|t[ée]l|t[ée]l[ée]phone|telefoon\p{L}{0,8}|call(?:ing)?|ring|dial|text|sms|whats ?app|mobile?|mobiel|mobilnummer|rufnummer|durchwahl|m[óo]vil|celular|cellulare|portable|cell|handy\p{L}{0,8}|komórk\p{L}{0,4}|fax|hotline|reach|contact|anrufen|anruf|rufen|bel|appele[rz]|llama\p{L}{0,4}|chiama\p{L}{0,4}|ligar|ligue|zadzwo\p{L}{0,4}|numer|number|num|numéro|nummer|numero|número|номер\p{L}{0,3}|тел|телефон\p{L}{0,3}|звони\p{L}{0,4}|позвони\p{L}{0,4}|電話|电话|फ़ोन|फोन)${WORDS_BETWEEN}`,
  "iu",
);
const OTHER_CUE = new RegExp(
  String.raw`(?:(?<!\p{L})(?:order|tracking|track|invoice|ref|reference|ticket|account|acct|parcel|shipment|package|item|sku|serial|version|customer|booking|reservation|confirmation|case|policy|isbn|issn|ean|upc|gtin|imei|model|part|article|product|id|code|pin|vat|tax|iban|bic|batch|lot|membership|contract|transaction|receipt|voucher|coupon|dhl|ups|usps|fedex|bestell\p{L}*|auftrag\p{L}*|rechnung\p{L}*|kunden\p{L}*|sendung\p{L}*|vorgang\p{L}*|artikel\p{L}*|vertrag\p{L}*|commande|facture|colis|suivi|pedido|factura|env[íi]o|ordine|fattura|spedizione|bestelling|factuur|zam[óo]wieni\p{L}*|faktur\p{L}*|заказ\p{L}*|сч[её]т\p{L}*|трек\p{L}*)(?!\p{L})[^\d\n\p{L}]{0,4}(?:(?:is|was|number|no|nr|num|nummer|numéro|número|numero|id|code|and|или|und|et|y|номер)[^\d\n\p{L}]{1,3}){0,3}|[№#]\s?)$`,
  "iu",
);

/** Phone numbers in a text, in order. */
export function findPhones(text: string, search: PhoneSearch): PhoneSpan[] {
  const checks = { left: MAX_CHECKS };
  return [...text.matchAll(CANDIDATE)].flatMap(({ 0: candidate, index }) => {
    const context = {
      before: text.slice(Math.max(0, index - 40), index),
      after: text.slice(index + candidate.length, index + candidate.length + 12),
    };
    const part = findPhone(candidate, context, { ...search, checks });
    return part === null ? [] : [{ start: index + part.start, end: index + part.end }];
  });
}

/** True after words such as "order number": the number that follows is no phone number. */
export function isOtherNumber(before: string): boolean {
  return OTHER_CUE.test(before);
}

interface Context {
  before: string;
  after: string;
}

interface Checks extends PhoneSearch {
  checks: { left: number };
}

/** A count may come before the number and a year after it: whole groups are dropped from both ends until the rest is a number. */
function findPhone(candidate: string, context: Context, search: Checks): PhoneSpan | null {
  const { isStrict } = search;
  if (OTHER_CUE.test(context.before) && !candidate.includes("+")) return null;
  if (MONEY_BEFORE.test(context.before) || MONEY_AFTER.test(context.after)) return null;
  if (candidate.includes("+")) return findInternational(candidate, isStrict);
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
function findInternational(candidate: string, isStrict: boolean): PhoneSpan | null {
  const ends = [
    candidate.length,
    ...Array.from(candidate.matchAll(/[ \t]+(?=[\d(])/g), ({ index }) => index).toReversed(),
  ];
  const possible = ends.slice(0, 8).find((end) => isPossible(candidate.slice(0, end)));
  if (possible !== undefined) return { start: 0, end: possible };
  const digits = candidate.replace(EXTENSION, "").replace(/\D/g, "").length;
  return digits >= (isStrict ? 8 : 7) && digits <= 15 ? { start: 0, end: candidate.length } : null;
}

/** A count or a year. More digits would be a part of the same number. */
function isDroppable(groups: string): boolean {
  return groups
    .trim()
    .split(/\s+/)
    .every((group) => group.length <= 3 || /^(?:19|20)\d{2}$/.test(group));
}

function isPossible(number: string): boolean {
  return parsePhoneNumberFromString(number)?.isPossible() ?? false;
}

function isPhone(candidate: string, { before }: Context, { region, isStrict, checks }: Checks): boolean {
  const number = candidate.replace(EXTENSION, "").trim();
  const digits = number.replace(/\D/g, "");
  if (digits.length < 7 || digits.length > 15 || /^(\d)\1+$/.test(digits)) return false;
  if (DATE.test(number) || YEARS.test(number) || (isStrict && isTimes(number))) return false;
  const shape = readShape(number, digits, PHONE_CUE.test(before));
  if (checks.left <= 0) return shape.isGrouped && digits.length >= 9;
  checks.left -= 1;
  if (digits.startsWith("00")) return isValid(`+${digits.slice(2)}`, undefined);
  const isSum = SUM.test(number) && !shape.hasCue;
  if (isSum && isStrict) return false;
  if (region !== null && isSupportedCountry(region) && isValid(number, region)) {
    if (!isStrict) return shape.isGrouped || shape.hasCue || digits.startsWith("0") || digits.length >= 9;
    if (shape.hasCue || /^\(?0|^\(/.test(number) || hasNationalFormat(number, region)) return true;
  }
  if (isSum && !/^\d{2,3}(?: \d{3})+$/.test(number)) return false;
  return isForeignPhone(number, digits, { ...shape, isStrict });
}

/** Times with a short count are no phone number. More digits could be one. */
function isTimes(number: string): boolean {
  const rest = number.replace(TIMES, "");
  return rest !== number && rest.replace(/\D/g, "").length <= 3;
}

/** Grouped as its country prints it, or as contacts write it. Other groups may be a version, a time or a list of sizes. */
function hasNationalFormat(number: string, country: CountryCode): boolean {
  const readGroups = (text: string) => text.split(/\D+/).filter(Boolean).join(" ");
  const printed = readGroups(parsePhoneNumberFromString(number, country)?.formatNational() ?? "");
  const isWritten = /^\d{3,4}(?:[ -]\d{2,}){1,3}$/.test(number) && number.replace(/\D/g, "").length >= 9;
  return isWritten || (printed.includes(" ") && printed === readGroups(number));
}

function readShape(number: string, digits: string, hasCue: boolean) {
  return { isGrouped: number !== digits, hasCue };
}

/** A number that is none of the region, or whose region is not known: its form has to say that it is a phone number. */
function isForeignPhone(
  number: string,
  digits: string,
  { isGrouped, hasCue, isStrict }: { isGrouped: boolean; hasCue: boolean; isStrict: boolean },
): boolean {
  const isTrunk = digits.startsWith("0") && digits.length >= 9 && digits.length <= 12;
  const isNorthAmerican = /^(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}$/.test(number);
  if (isNorthAmerican) return isValid(number, "US") || hasCue || !isStrict;
  if (/^8[ (-]{1,2}\d{3}/.test(number) && digits.length === 11) return isValid(number, "RU");
  if (isTrunk && (isGrouped || hasCue || !isStrict)) return !isStrict || isValidAnywhere(number);
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
