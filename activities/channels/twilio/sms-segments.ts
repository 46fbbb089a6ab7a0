/** GSM 03.38: one septet each. */
const GSM_BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Reached through an escape: two septets each. */
const GSM_EXTENDED = new Set("^{}\\[~]|€\f");

export interface SegmentCount {
  encoding: "GSM-7" | "UCS-2";
  segments: number;
}

/** How many SMS segments a text is billed as: 160 or 153 septets each in GSM-7, 70 or 67 UTF-16 units in UCS-2. */
export function countSegments(text: string): SegmentCount {
  const septets = countGsmSeptets(text);
  if (septets !== null)
    return { encoding: "GSM-7", segments: septets <= 160 ? 1 : packSegments(text, 153, countSeptets) };
  return {
    encoding: "UCS-2",
    segments: text.length <= 70 ? 1 : packSegments(text, 67, (character) => character.length),
  };
}

/** A character never spans two segments, so segments are filled one character at a time. */
function packSegments(text: string, size: number, weigh: (character: string) => number): number {
  let segments = 1;
  let used = 0;
  for (const character of text) {
    const weight = weigh(character);
    if (used + weight > size) {
      segments++;
      used = 0;
    }
    used += weight;
  }
  return segments;
}

/** True for a text that is sent with 7 bits for a character. */
export function isGsm(text: string): boolean {
  return countGsmSeptets(text) !== null;
}

function countGsmSeptets(text: string): number | null {
  let septets = 0;
  for (const character of text) {
    if (!GSM_BASIC.has(character) && !GSM_EXTENDED.has(character)) return null;
    septets += countSeptets(character);
  }
  return septets;
}

function countSeptets(character: string): number {
  return GSM_EXTENDED.has(character) ? 2 : 1;
}
