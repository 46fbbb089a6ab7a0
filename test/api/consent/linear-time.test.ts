import { expect, test } from "vitest";
import { readRequest } from "../../../api/consent/read-request.ts";
import { english } from "../../../api/consent/free-form/languages/english.ts";
import { french } from "../../../api/consent/free-form/languages/french.ts";
import { german } from "../../../api/consent/free-form/languages/german.ts";
import { italian } from "../../../api/consent/free-form/languages/italian.ts";
import { portuguese } from "../../../api/consent/free-form/languages/portuguese.ts";
import { spanish } from "../../../api/consent/free-form/languages/spanish.ts";
import { compileLanguage, type LanguageRules } from "../../../api/consent/free-form/rule-language.ts";
import { describeGrowth } from "../../support/measure-growth.ts";
import { createNastyText, NASTY_KINDS } from "../../support/nasty-texts.ts";

/** Eight times this is as long as `readRequest` reads. */
const LENGTH = 120;
const QUOTATIONS = ['"a a', "“ ", "«\u00A0", '"" ', "> ", "on a wrote ", "-- "];

const describeRequest = (beginning: string, unit: string) =>
  describeGrowth((length) => {
    const text = (beginning + unit.repeat(length)).slice(0, length);
    readRequest({ text: `${text} x`, origin: "typed" }, { channel: "twilio-sms", settings: {} });
  }, LENGTH);

test("a request is found in time that grows with the length of any text", () => {
  const texts = [
    ...NASTY_KINDS.map((kind) => ["", createNastyText(kind, 20)] as const),
    ...QUOTATIONS.flatMap((quotation) => [["", quotation] as const, [quotation, " "] as const]),
  ];
  const slow = texts.map(([beginning, unit]) => [beginning, unit, describeRequest(beginning, unit)]);
  expect(slow.filter(([, , growth]) => growth !== null)).toEqual([]);
});

/** For each rule the words of its classes, and then the same fillers again and again. */
function listRepetitions(rules: LanguageRules): { beginning: string; unit: string }[] {
  const language = compileLanguage(rules);
  return language.rules.map(({ parts }) => {
    const classes = parts.map((part) => listWords(language, part)).filter((words) => words.length > 0);
    const isFiller = (word: string) => language.fillers.has(word);
    const beginning = classes.filter((words) => !words.some(isFiller)).map(([first = ""]) => `${first} `);
    const fillers = classes.flatMap((words) => words.find(isFiller) ?? []);
    return { beginning: beginning.join(""), unit: `${[...fillers, [...language.fillers][0]].join(" ")} ` };
  });
}

/** The words of a class, the shortest first. */
function listWords({ index }: ReturnType<typeof compileLanguage>, name: string): string[] {
  const entries = [...index.values()].flat().filter((entry) => entry.name === name);
  return entries.map(({ words }) => words.join(" ")).toSorted((a, b) => a.length - b.length);
}

test.each([english, spanish, german, french, portuguese, italian])(
  "the rules of $language are matched in time that grows with the length of any text",
  (rules) => {
    const slow = listRepetitions(rules).flatMap(({ beginning, unit }) => [
      { beginning, unit, growth: describeRequest(beginning, unit) },
      { beginning, unit: `${beginning}${unit}`, growth: describeRequest("", beginning + unit) },
    ]);
    expect(slow.filter(({ growth }) => growth !== null)).toEqual([]);
  },
);
