import {
  type Certainty,
  isPossibleInternational,
  judgePhone,
  type PhoneChecks,
  type PhoneSearch,
} from "./phone-forms.ts";
import { isIban } from "../pii/pii-validators.ts";
import { findOrdinaryWords } from "./plain-numbers.ts";

export interface PhoneSpan {
  start: number;
  /** Exclusive. */
  end: number;
}

/** Each check takes some 0.1 ms. A text with more numbers is a table, and a table hides more than it needs to. */
const MAX_CHECKS = 1_000;
/** With 00 before the country code. */
const MAX_DIGITS = 17;
const MIN_DIGITS = 7;
const WEIGHTS = { certain: 100, likely: 50, possible: 1, none: 0 };
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;

/** The separators that libphonenumber and messengers accept within a number. */
const GAP = String.raw`[ \t.()[\]/~⁓∼～_\u00AD\u200B-\u200D\u2060\u00A0\u2007\u2009\u202F\u2010-\u2015\u2212-]{0,4}`;
/** A sign that only a reader accepts. After a plus no other number has such a form. */
const ODD_GAP = String.raw`(?:${GAP}|[·•*|{}])`;
const EXTENSION = String.raw`(?:[ ,]{0,2}(?:x|ext\.?|extension|app\.?|dw)[ .:]{0,2}\d{1,6})?`;
/** Digits with at most four separators between two of them. Takes linear time: digits and separators have no sign in common. */
const RUN = new RegExp(
  String.raw`(?<![0-9_])[([]?\+${GAP}[([{]?\d(?:${ODD_GAP}\d){5,}${EXTENSION}|[([]?\d(?:${GAP}\d){5,}${EXTENSION}`,
  "giu",
);
/** A number begins and ends at a space, a slash or an opening bracket. */
const WORD = /[^ \t\u00A0\u2007\u2009\u202F]+/gu;
const GROUP = /[([]*[^/([]+/gu;

interface Group extends PhoneSpan {
  digits: number;
}

/** Phone numbers in a text, in order. */
export function findPhones(text: string, { region, isStrict }: PhoneSearch): PhoneSpan[] {
  const checks = { left: MAX_CHECKS };
  return [...hideIbans(text).matchAll(RUN)].flatMap(({ 0: run, index }) =>
    listSections(run, index).flatMap((groups) =>
      chooseSpans(groups, createCheck(text, groups, { region, isStrict, checks })),
    ),
  );
}

/** The groups of a bank account may look like a number with its area code. */
function hideIbans(text: string): string {
  return text.replace(IBAN, (found) => (isIban(found) ? "\n".repeat(found.length) : found));
}

/** The groups of a run, cut at its dates, opening hours and long numbers: they are never a part of a phone number. */
function listSections(run: string, index: number): Group[][] {
  const words = [...run.matchAll(WORD)];
  const ordinary = findOrdinaryWords(words.map(([word]) => word));
  const sections: Group[][] = [[]];
  for (const [i, { 0: word, index: at }] of words.entries()) {
    if (ordinary.has(i)) sections.push([]);
    else sections.at(-1)?.push(...listGroups(word, index + at));
  }
  return sections.filter((groups) => groups.length > 0);
}

function listGroups(word: string, index: number): Group[] {
  return Array.from(word.matchAll(GROUP), ({ 0: group, index: at }) => ({
    start: index + at,
    end: index + at + group.length,
    digits: group.replace(/\D/g, "").length,
  })).filter(({ digits }) => digits > 0);
}

interface Choice {
  /** The digits that belong to a number, weighted by how certain the number is. */
  score: number;
  span: PhoneSpan | null;
  previous: Choice | null;
}

type Check = (span: PhoneSpan) => { span: PhoneSpan; certainty: Certainty };

/**
 * Of all ways to read whole groups as numbers, the one in which most digits belong to a number: a postcode may come before, a year after.
 * A certain number counts more than any number of digits that may be one.
 */
function chooseSpans(groups: readonly Group[], check: Check): PhoneSpan[] {
  const choices: Choice[] = [{ score: 0, span: null, previous: null }];
  for (const [last, { end }] of groups.entries()) {
    const before = choices[last] ?? null;
    let choice: Choice = { score: before?.score ?? 0, span: null, previous: before };
    let digits = 0;
    for (let first = last; first >= 0; first--) {
      const { start, digits: added } = groups[first] ?? { start: 0, digits: MAX_DIGITS };
      const previous = choices[first] ?? null;
      digits += added;
      if (digits > MAX_DIGITS || previous === null) break;
      if (digits < MIN_DIGITS || previous.score + digits * WEIGHTS.certain <= choice.score) continue;
      const { span, certainty } = check({ start, end });
      const score = previous.score + digits * WEIGHTS[certainty];
      if (score > choice.score) choice = { score, span, previous };
    }
    choices.push(choice);
  }
  return listSpans(choices.at(-1) ?? null);
}

function listSpans(end: Choice | null): PhoneSpan[] {
  const spans: PhoneSpan[] = [];
  for (let choice = end; choice !== null; choice = choice.previous)
    if (choice.span !== null) spans.push(choice.span);
  return spans.toReversed();
}

/** Decides about whole groups of a section. */
function createCheck(text: string, groups: readonly Group[], search: PhoneChecks): Check {
  const isOdd = !groups.some(({ end }) => isPossibleInternational(text.slice(groups[0]?.start, end)));
  const long = groups.filter(({ start, end }) => !/^(?:.{1,3}|(?:19|20)\d{2})$/.test(text.slice(start, end)));
  const [firstLong, lastLong] = [long[0]?.start ?? Infinity, long.at(-1)?.end ?? 0];
  return (span) => {
    const { start, end } = dropOpenBrackets(text, span);
    const context = {
      before: text.slice(Math.max(0, start - 40), start),
      after: text.slice(end, end + 12),
      isAlone: span.start <= firstLong && span.end >= lastLong,
    };
    return {
      span: { start, end },
      certainty: judgePhone(text.slice(start, end), context, { ...search, isOdd }),
    };
  };
}

/** "(030 901820" and "030 901820)": a bracket without its pair belongs to the sentence. */
function dropOpenBrackets(text: string, { start, end }: PhoneSpan): PhoneSpan {
  const number = text.slice(start, end);
  const surplus = count(number, /[([{]/g) - count(number, /[)\]}]/g);
  if (surplus > 0 && /^[([]/.test(number)) return { start: start + 1, end };
  return surplus < 0 && /[)\]]$/.test(number) ? { start, end: end - 1 } : { start, end };
}

function count(text: string, sign: RegExp): number {
  return text.match(sign)?.length ?? 0;
}
