/** ISO/IEC 7812: every second digit from the right is doubled; the sum is divisible by ten. */
function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += i % 2 === 1 ? doubled : digit;
  }
  return sum % 10 === 0;
}

/** A payment card: 12 to 19 digits that pass Luhn and are not all equal. Issuer ranges are not checked, as test cards have none. */
export function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  return /^\d{12,19}$/.test(digits) && !/^(\d)\1+$/.test(digits) && isLuhn(digits);
}

const ISSUERS =
  /^(?:4(?:\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|(?:30|36|38|39)\d{12}|35\d{14}|(?:1800|2131)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14})$/;

/** True for the first digits and the length of an issuer, without the 13 digits that also an EAN has. It decides where the text says that the number is something else. */
export function hasCardIssuer(text: string): boolean {
  return ISSUERS.test(text.replace(/\D/g, ""));
}

/** ISO 13616: the first four characters move to the end, letters become numbers, and the number modulo 97 is 1. */
export function isIban(text: string): boolean {
  const compact = text.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  const numeric = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (const digit of numeric) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** US social security and taxpayer numbers: no area 000 or 666, no group 00, no serial 0000. */
export function isSsn(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  return /^(?!000|666)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits);
}

/** UK NHS number: ten digits, of which the last is a checksum modulo 11. */
export function isNhs(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (digits.length !== 10) return false;
  const sum = Array.from(digits.slice(0, 9)).reduce((total, digit, i) => total + Number(digit) * (10 - i), 0);
  return (11 - (sum % 11)) % 11 === Number(digits[9]);
}

export function isIpv4(text: string): boolean {
  return text.split(".").every((part) => Number(part) <= 255);
}
