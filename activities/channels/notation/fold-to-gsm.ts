import { isGsm } from "../twilio/sms-segments.ts";

/** Signs that look like one or more of GSM-7. Letters with accents are no look-alikes: without them a word is misspelt. */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.freeze({
  ...listSame("'", "‘’‚‛′‵ʹʻʼʽˈ`´‹›"),
  ...listSame('"', "“”„‟″‶«»"),
  ...listSame("-", "‐‑‒–—―−﹘﹣•‣·∙◦▪●"),
  ...listSame(
    " ",
    "\t\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000",
  ),
  ...listSame("\n", "\u2028\u2029\u000B"),
  ...listSame("", "\u00AD\u200B\u200C\u200D\u200E\u200F\u2060\uFEFF"),
  ...listSame("/", "⁄∕"),
  ...listSame("*", "∗⁎"),
  "…": "...",
  "→": "->",
  "←": "<-",
  "×": "x",
  ﬀ: "ff",
  ﬁ: "fi",
  ﬂ: "fl",
  ﬃ: "ffi",
  ﬄ: "ffl",
});

/**
 * A text whose only signs outside of GSM-7 are look-alikes, in GSM-7: one curly quote would halve the length of its segments. Any other text
 * stays as it is, because it needs UCS-2 anyway.
 */
export function foldToGsm(text: string): string {
  if (isGsm(text)) return text;
  const folded = Array.from(text, (sign) => LOOK_ALIKES[sign] ?? sign).join("");
  return isGsm(folded) ? folded : text;
}

function listSame(sign: string, lookAlikes: string): Record<string, string> {
  return Object.fromEntries(Array.from(lookAlikes, (each) => [each, sign]));
}
