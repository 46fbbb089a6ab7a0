import type { PiiPattern } from "./pii-pattern.ts";

/** "born on", "date of birth: ", in the languages of most contacts. */
const CUE = String.raw`(?<=(?<!\p{L})(?:born(?: (?:on|in))?|dob|d\.o\.b\.|date of birth|birth ?da(?:y|te)|geb(?:oren|\.)?(?: am| op)?|geburts(?:datum|tag)|geboortedatum|n[ée]e?(?: le)|date de naissance|nacid[oa](?: el)?|fecha de nacimiento|nat[oa](?: il)|data di nascita|nascid[oa](?: em)?|data de nascimento|urodzon[ya]|data urodzenia|дата рождения|родил(?:ся|ась)|дн|生年月日|出生日期|生日)(?!\p{L})[^\p{L}\d]{0,5}(?:(?:is|was|ist|es|est|è|é|on|am)(?!\p{L})[^\p{L}\d]{0,4}){0,2})`;

/** Dates of birth. Other dates say nothing about a contact. All take linear time. */
export const BIRTH_DATES: readonly PiiPattern[] = [
  {
    kind: "DATE_OF_BIRTH",
    candidate: new RegExp(String.raw`${CUE}\d{1,4} ?[./年-] ?\d{1,2} ?[./月-] ?\d{1,4}(?!\d)`, "giu"),
  },
  {
    kind: "DATE_OF_BIRTH",
    candidate: new RegExp(
      String.raw`${CUE}(?:\d{1,2}(?:st|nd|rd|th|er)?\.?(?: of| de)? \p{L}{3,12}\.?(?: de)?|\p{L}{3,12}\.? \d{1,2}(?:st|nd|rd|th)?),? \d{4}(?!\d)`,
      "giu",
    ),
  },
];
