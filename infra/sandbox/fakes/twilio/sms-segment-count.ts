/** GSM 03.38, basic table. The escape character itself is not a letter. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** Extension table: two septets each. */
const EXTENDED = "^{}\\[~]|€\f";
const GSM = { single: 160, joined: 153 };
const UCS2 = { single: 70, joined: 67 };

/** The number of segments that Twilio bills: one letter outside GSM 03.38 makes the whole text UCS-2. */
export function smsSegmentCount(text: string): number {
  const letters = Array.from(text);
  const isGsm = isGsmText(text);
  const units = isGsm
    ? letters.reduce((sum, letter) => sum + (EXTENDED.includes(letter) ? 2 : 1), 0)
    : text.length;
  const { single, joined } = isGsm ? GSM : UCS2;
  return units <= single ? 1 : Math.ceil(units / joined);
}

export function isGsmText(text: string): boolean {
  return Array.from(text).every((letter) => BASIC.includes(letter) || EXTENDED.includes(letter));
}
