/** Numbers that are recognised by their structure: dates, times, decimals, sums, lists. None of them is a phone number. */

const DAY = "(?:0?[1-9]|[12]\\d|3[01])";
const MONTH = "(?:0?[1-9]|1[0-2])";
const YEAR = "(?:19|20)\\d{2}";
const TIME = "(?:[01]?\\d|2[0-4])[.:][0-5]\\d";
const DATE = String.raw`${YEAR}([-./])${MONTH}\1${DAY}|${DAY}([-./])${MONTH}\2${YEAR}|${MONTH}([-./])${DAY}\3${YEAR}|${YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])`;
const SHORT_DATES = String.raw`${DAY}\.${MONTH}\.(?:\d{2})?[-–—]${DAY}\.${MONTH}\.(?:\d{2}|${YEAR})`;
const WORD = new RegExp(
  String.raw`^[([]?(?:${DATE}|${SHORT_DATES}|${YEAR}[-/–—]${YEAR}|${TIME}[-–—]${TIME})[)\].]?$`,
);
const DATES = new RegExp(
  String.raw`^(?:${YEAR}[-./]${MONTH}[-./]${DAY}|${DAY}\.${MONTH}\.${YEAR})\s?[-–—]\s?(?:${YEAR}[-./]${MONTH}[-./]${DAY}|${DAY}\.${MONTH}\.${YEAR})$`,
);
const SPACED_DATE = new RegExp(String.raw`^(?:${DAY} ${MONTH} ${YEAR}|${YEAR} ${MONTH} ${DAY})$`);
const YEARS = new RegExp(String.raw`^${YEAR}(?:\s?[-/–—]?\s?${YEAR})+$`);
/** 0900-1730 */
const HOURS = /^(?:[01]\d|2[0-4])[0-5]\d\s?[-–—]\s?(?:[01]\d|2[0-4])[0-5]\d$/;
/** 09.00 - 17.00 */
const SPACED_TIMES = new RegExp(`^${TIME} [-–—] ${TIME}$`);
/** 3.14159: one digit before the point is no area code. */
const FRACTION = /^\d\.\d{4,}$/;
/** 19.99. A part of a phone number may begin with 06, and a decimal with 0. alone. */
const DECIMAL = /^(?:0|[1-9]\d{0,2})[.,]\d{1,2}$/;
/** 10.0.19041: one digit between two dots is no group of a phone number. */
const VERSION = /^[1-9]\d{0,2}(?:\.\d{1,5})*\.\d(?:\.\d{1,5})*$/;
/** 250 000 000 */
const ROUND_SUM = /^(?:0 )?\d{1,3}(?:[.' \u00A0\u202F]\d{3})*(?:[.' \u00A0\u202F]000){2}$/;

/** A word that is a date, two years or opening hours: no phone number continues over it. */
export function isDateOrTimes(word: string): boolean {
  return WORD.test(word) || DATES.test(word);
}

/** The words of a run of numbers over which no phone number continues. */
export function findOrdinaryWords(words: readonly string[]): ReadonlySet<number> {
  if (isAscendingList(words)) return new Set(words.keys());
  const ordinary = new Set<number>();
  const addRuns = (form: RegExp, least: number) => {
    let length = 0;
    for (const [i, word] of words.entries()) {
      length = form.test(word) ? length + 1 : 0;
      for (let back = length === least ? least - 1 : 0; back >= 0 && length >= least; back--)
        ordinary.add(i - back);
    }
  };
  // Four groups of four are a card's, a parcel's or an account's.
  addRuns(/^\d{4}$/, 4);
  addRuns(DECIMAL, 3);
  for (const [i, word] of words.entries()) {
    if (isDateOrTimes(word) || HOURS.test(word)) ordinary.add(i);
    if (SPACED_TIMES.test(words.slice(i, i + 3).join(" ")))
      for (const at of [i, i + 1, i + 2]) ordinary.add(at);
  }
  return ordinary;
}

/** 5 12 23 34 45 49 */
function isAscendingList(words: readonly string[]): boolean {
  return (
    words.length >= 6 &&
    words.every((word, i) => /^\d{1,2}$/.test(word) && (i === 0 || Number(word) > Number(words[i - 1])))
  );
}

/** True for the whole text of a possible number. */
export function isPlainNumber(number: string): boolean {
  return (
    isDateOrTimes(number) ||
    [SPACED_DATE, YEARS, HOURS, FRACTION, VERSION, ROUND_SUM].some((form) => form.test(number)) ||
    isListOfDecimals(number) ||
    isSequence(number)
  );
}

function isListOfDecimals(number: string): boolean {
  const words = number.split(/\s+/);
  const decimals = words.filter((word) => /^\d{1,3}[.,]\d{1,2}$/.test(word)).length;
  return decimals >= 2 && words.every((word) => /^(?:\d{1,3}[.,]\d{1,2}|\d{1,2}|[-–—/])$/.test(word));
}

/** 1 2 3 4 5 6 7 or 700 750 800: the same step each time. */
function isSequence(number: string): boolean {
  const groups = number.split(/\D+/).map(Number);
  const step = (groups[1] ?? 0) - (groups[0] ?? 0);
  return (
    groups.length >= 3 && step !== 0 && groups.slice(1).every((group, i) => group - (groups[i] ?? 0) === step)
  );
}
