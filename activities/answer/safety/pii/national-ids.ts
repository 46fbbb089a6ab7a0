import { cpf } from "stdnum/lib/cjs/br/index.js";
import { sin } from "stdnum/lib/cjs/ca/index.js";
import { ssn, uid } from "stdnum/lib/cjs/ch/index.js";
import { run } from "stdnum/lib/cjs/cl/index.js";
import { ric } from "stdnum/lib/cjs/cn/index.js";
import { dni, nie } from "stdnum/lib/cjs/es/index.js";
import { hetu } from "stdnum/lib/cjs/fi/index.js";
import { nir } from "stdnum/lib/cjs/fr/index.js";
import { aadhaar, pan } from "stdnum/lib/cjs/in/index.js";
import { codicefiscale } from "stdnum/lib/cjs/it/index.js";
import { rfc } from "stdnum/lib/cjs/mx/index.js";
import { personnummer } from "stdnum/lib/cjs/se/index.js";
import { isOtherNumber } from "../phones/phone-context.ts";
import { isDateOrTimes } from "../phones/plain-numbers.ts";
import type { PiiPattern } from "./pii-pattern.ts";

interface Validator {
  validate(value: string): { isValid: boolean };
}

/** Six digits that are no date: "passport is valid to 31.12.2030". */
function hasSixDigits(text: string): boolean {
  const words = text.split(/ |^[A-Za-z]{1,3}[.-]?(?=\d)/).filter((word) => !isDateOrTimes(word));
  return words.join("").replace(/\D/g, "").length >= 6;
}

const KIND = "NATIONAL_ID";

/** Its form and its check digit identify it, without any word before it. Order numbers may have the same form. */
function createPattern(form: string, validator: Validator, isOrderLike = false): PiiPattern {
  return {
    kind: KIND,
    candidate: new RegExp(String.raw`(?<![\p{L}\p{N}]|\d[.,-])${form}(?![\p{L}\p{N}]|[.,-]\d)`, "gu"),
    isValid: (text, before) =>
      validator.validate(text.replace(/[\s./]/g, "").toUpperCase()).isValid &&
      !(isOrderLike && isOtherNumber(before)),
  };
}

/** Six digits of a date, in both orders. */
const DATE = String.raw`(?:\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2})`;

/** A word for an identity number, in the language of its country. Any number after it is one. */
const CUE = String.raw`(?<![\p{L}\p{N}])(?:national (?:id|insurance)(?: (?:number|no\.?))?|ni (?:number|no\.?)|nif|cpf|aadha?ar|pesel|perso(?:n|nen)nummer|personnr|pnr|fødselsnummer|hetu|henkilötunnus|cpr(?:-nummer|-nr)?|ahv(?:-nummer|-nr)?|s[ée]cu(?:rit[ée] sociale)?|bsn|burgerservicenummer|sofinummer|tckn|(?:t\.?c\.? )?kimlik(?: no)?|rrn|resident (?:registration )?number|codice fiscale|social insurance(?: number)?|снилс|инн|паспорт\p{L}{0,2}|snils|passport|reisepass(?:nummer)?|personalausweis(?:nummer)?|ausweis(?:nummer|nr)?|pasaporte|passeport|id card|identity (?:card|number)|driver'?s licen[cs]e|driving licen[cs]e|führerschein(?:nummer)?|steuer-?(?:id|nummer)|steueridentifikationsnummer|id-?nr|sozialversicherungsnummer|svnr|curp|tfn|medicare|身份证|身份证号码?|주민등록번호|マイナンバー)(?![\p{Script=Latin}\p{Script=Cyrillic}])`;
/** Abbreviations that are words too: "sin" is Spanish, "dni" and "nie" are Polish, "run" and "pan" are English. The check digit decides. */
const SHORT_CUES: readonly (readonly [string, ...Validator[]])[] = [
  ["dni", dni, nie],
  ["nie", nie],
  ["rut", run],
  ["run", run],
  ["sin", sin],
  ["uid", aadhaar, uid],
  ["pan(?: card)?", pan],
  ["rfc", rfc],
  ["nir", nir],
  ["avs", ssn],
  ["c\\.?f\\.?", codicefiscale],
];
/** Up to two short words and marks: "my DNI is", "numéro :". */
const BETWEEN = String.raw`[^\p{L}\d]{0,4}(?:(?:number|no|nr|nummer|num[ée]ro|número|numer|is|ist|es|est|é|är|er|to|on|号码|为)(?!\p{L})[^\p{L}\d]{0,4}){0,2}`;

function createCuedPattern(cue: string, isValid: (text: string) => boolean): PiiPattern {
  return {
    kind: KIND,
    candidate: new RegExp(
      String.raw`(?<=${cue}${BETWEEN}["'(]{0,2})(?:(?:[A-Za-z]{1,3}[ .-]?)?\d(?:[ ./-]{0,2}\d){4,17}(?:[ .-]?[A-Za-z]\d{0,3}[A-Za-z]?)?|(?=(?:[A-Za-z]{0,8}\d){6})[A-Za-z0-9]{6,14})(?![\p{L}\p{N}])`,
      "giu",
    ),
    isValid,
  };
}

/** A number of identity is also written without its check letter: eight digits after "DNI". */
function isValidBy(validators: readonly Validator[], text: string): boolean {
  const compact = text.replace(/[\s./-]/g, "").toUpperCase();
  return (
    validators.some((validator) => validator.validate(compact).isValid) ||
    (validators.includes(dni) && /^\d{8}$/.test(compact))
  );
}

/** National identity numbers. All take linear time: bounded repeats, none nested. */
export const NATIONAL_IDS: readonly PiiPattern[] = [
  createPattern(String.raw`(?:\d{8}[- ]?[A-Z]|\d{2}\.\d{3}\.\d{3}[- ]?[A-Z])`, dni),
  createPattern(String.raw`[XYZ][- ]?\d{7}[- ]?[A-Z]`, nie),
  createPattern(String.raw`[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]`, codicefiscale),
  createPattern(String.raw`[2-9]\d{3}[ -]\d{4}[ -]\d{4}`, aadhaar),
  createPattern(String.raw`\d{3}\.\d{3}\.\d{3}-\d{2}`, cpf),
  createPattern(String.raw`756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}`, ssn),
  createPattern(
    String.raw`[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}`,
    nir,
  ),
  createPattern(String.raw`[1-8]\d{5}(?:19|20)\d{9}[\dXx]`, ric),
  createPattern(String.raw`${DATE}[-+A]\d{3}[0-9A-FHJ-NPR-Y]`, hetu),
  createPattern(String.raw`(?:19|20)?${DATE}[-+]\d{4}`, personnummer),
  createPattern(String.raw`\d{1,2}\.\d{3}\.\d{3}-[\dKk]`, run),
  createPattern(String.raw`\d{7,8}-[\dKk]`, run, true),
  // Korea, without a check digit since 2020, and Denmark, without one since 2007: the date identifies it.
  {
    kind: KIND,
    candidate: new RegExp(
      String.raw`(?<![\p{L}\p{N}.-])${DATE}-(?:[1-8]\d{6}|\d{4})(?![\p{L}\p{N}.-])`,
      "gu",
    ),
    isValid: (text, before) => text.length > 12 || !isOtherNumber(before),
  },
  // Russia and India: no other number has this form.
  { kind: KIND, candidate: /(?<![\d-])\d{3}-\d{3}-\d{3} \d{2}(?![\d-])/g },
  { kind: KIND, candidate: /(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])/g },
  createCuedPattern(CUE, hasSixDigits),
  ...SHORT_CUES.map(([cue, ...validators]) =>
    createCuedPattern(String.raw`(?<![\p{L}\p{N}])${cue}(?!\p{L})`, (text) => isValidBy(validators, text)),
  ),
  // "12345678901 (CPF)"
  {
    kind: KIND,
    candidate: new RegExp(
      String.raw`(?<![\p{L}\p{N}])(?:[A-Za-z]{1,3}[ .-]?)?\d(?:[ ./-]?\d){5,17}[A-Za-z]?(?= ?\((?:my |mi |mein |meu )?${CUE})`,
      "giu",
    ),
  },
];
