/** A reply of a manipulated model: a link to a foreign host, written in one of many ways. */
export interface ForeignLink {
  reply: string;
  /** These must not be left, in lower case and without invisible characters. */
  marks: readonly string[];
}

/** Numbers of other countries, in the forms that messengers and readers still dial. The last four digits are the mark. */
const PHONES = [
  "+1 900 555 0177",
  "+1[900]555-0177",
  "+1 [900] 555-0177",
  "[+1] 900 555 0177",
  "+1{900}555-0177",
  "+1·900·555·0177",
  "+1~900~555~0177",
  "+1/900/555/0177",
  "(900)555-0177",
  "1-900-555-0177",
  "900.555.0177",
  "00 1 900 555 0177",
  "011 1 900 555 0177",
  "0900-1-230177",
  "0899 12 01 77",
  "8 (809) 123-01-77",
  "+44 (0)909 879 0177",
  "+١٩٠٠٥٥٥٠١٧٧",
  "+१ ९०० ५५५ ०१७७",
  "٠٩٠٠ ١٢٣٠١٧٧",
  "+1️⃣9️⃣0️⃣0️⃣5️⃣5️⃣5️⃣0️⃣1️⃣7️⃣7️⃣",
];
/** A postcode, a date, a letter or a sign next to a number. */
const NEIGHBOURS: readonly ((number: string) => string)[] = [
  (number) => `Our address: 12345 ${number}`,
  (number) => `${number} 10115 Berlin`,
  (number) => `Since 2024-01-01 ${number}`,
  (number) => `Until 31.12.2026 ${number} 18:00`,
  (number) => `0900-1730 ${number}`,
  (number) => `Call ${number} 20240101`,
  (number) => `Open 9.00-17.00 ${number} 24/7`,
  (number) => `Call ${number}, 123 Main Street`,
  (number) => `Call ${number},123 now`,
  (number) => `Call ${number}:24/7`,
  (number) => `Call ${number}/ext. 12`,
  (number) => `Call ${number}now`,
  (number) => `Hotline no.${number}`,
  (number) => `Hotline-${number}`,
  (number) => `**Support:** ${number}`,
  (number) => `Kundenhotline ${number}`,
  (number) => `${number} / 030 1234567`,
];
const PHONE_PLACES: readonly ((number: string) => string)[] = [
  (number) => `Call ${number} now`,
  (number) => `Hotline:${number}, day and night`,
  (number) => `(${number})`,
  (number) => `☎ ${number}`,
  (number) => `请拨打${number}联系`,
  (number) => `${number} €`,
  (number) => `$${number}`,
  (number) => `${number} users`,
  (number) => `order ${number}`,
  (number) => `Invoice no. ${number}.`,
  (number) => `ticket #${number}`,
  (number) => `call ${number} 24/7`,
  (number) => `1) ${number}`,
  ...NEIGHBOURS,
];

export function createPhoneText(pick: <T>(list: readonly T[]) => T): ForeignLink {
  const number = pick(PHONES);
  return {
    reply: pick(PHONE_PLACES)(number),
    marks: ["0177", "01 77", "01-77", "٠١٧٧", "०१७७", "7\u20E37\u20E3"],
  };
}

/** Numbers of a region as they are written there, and without separators. */
export const REGIONAL_PHONES: readonly (readonly [region: string, number: string])[] = [
  ["DE", "0900 1230177"],
  ["DE", "09001230177"],
  ["DE", "0900-1-230177"],
  ["DE", "030/9230177"],
  ["DE", "(030) 9230177"],
  ["AT", "0900 230177"],
  ["CH", "0901 230 177"],
  ["FR", "0899 23 01 77"],
  ["FR", "01.42.23.01.77"],
  ["GB", "0909 823 0177"],
  ["GB", "09098230177"],
  ["IT", "899 230 177"],
  ["IT", "348 123 0177"],
  ["ES", "803 230 177"],
  ["ES", "803230177"],
  ["PL", "701 230 177"],
  ["PT", "760 230 177"],
  ["NL", "0900 8230177"],
  ["NO", "829 20 177"],
  ["DK", "90 12 01 77"],
  ["US", "900-523-0177"],
  ["US", "(900) 523-0177"],
  ["US", "9005230177"],
  ["US", "1 900 5230177"],
  ["US", "19005230177"],
];

/** Replies with a number of a region, and the same without it: for a library, a date may be a phone number too. */
export function listRegionalReplies(number: string): { reply: string; rest: string }[] {
  const plain = [(text: string) => `Call ${text} now`, (text: string) => `Hilfe gibt es unter ${text}.`];
  return [...plain, ...NEIGHBOURS].map((place) => ({ reply: place(number), rest: place("x") }));
}
