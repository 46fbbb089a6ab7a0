import { isGsmText } from "./sms-segment-count.ts";

/** As Twilio's Smart Encoding does: typographic letters that have a plain equivalent in GSM 03.38. */
const PLAIN: Readonly<Record<string, string>> = Object.freeze({
  "\u2018": "'",
  "\u2019": "'",
  "\u201A": "'",
  "\u201C": '"',
  "\u201D": '"',
  "\u201E": '"',
  "\u2010": "-",
  "\u2011": "-",
  "\u2013": "-",
  "\u2014": "-",
  "\u2212": "-",
  "\u2026": "...",
  "\u2022": "-",
  "\u00A0": " ",
  "\u2009": " ",
  "\u202F": " ",
  "\u200B": "",
  "\t": " ",
});
const TRIAL_PREFIX = "Sent from your Twilio trial account - ";

export interface Rewriting {
  isTrial: boolean;
  isSmartEncoded: boolean;
}

/** The text that Twilio sends and lists. A text with one letter that has no equivalent is not encoded. */
export function rewriteBody(text: string, { isTrial, isSmartEncoded }: Rewriting): string {
  const plain = Array.from(text, (letter) => PLAIN[letter] ?? letter).join("");
  const encoded = isSmartEncoded && isGsmText(plain) ? plain : text;
  return (isTrial ? TRIAL_PREFIX : "") + encoded;
}
