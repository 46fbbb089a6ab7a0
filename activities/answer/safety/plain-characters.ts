/** Spaces, dashes and dots of other scripts. */
const SPACES = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g;
const DASHES = /[\u2010-\u2015\u2212\uFE58\uFE63]/g;
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;
/** Mathematical digits: five sets of ten without a gap. */
const MATH_ZERO = 0x1d7ce;

/**
 * Full-width characters, no-break spaces, typographic dashes and the digits of all scripts as ASCII. Every position stays valid: a digit
 * of two units is followed by a soft hyphen.
 */
export function toPlainCharacters(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(SPACES, " ")
    .replace(DASHES, "-")
    .replace(OTHER_DIGITS, (digit) => toPlainDigit(digit) + "\u00AD".repeat(digit.length - 1));
}

/** A digit of any script as ASCII; any other sign as it is. */
export function toPlainDigit(sign: string): string {
  return /^\p{Nd}$/u.test(sign) ? String(readDigit(sign.codePointAt(0) ?? 0)) : sign;
}

/** The digits of a script are ten code points in order, so the value is the distance from the first. */
function readDigit(code: number): number {
  if (code < 0x80) return code - 0x30;
  if (code >= MATH_ZERO && code <= MATH_ZERO + 49) return (code - MATH_ZERO) % 10;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return value;
}
