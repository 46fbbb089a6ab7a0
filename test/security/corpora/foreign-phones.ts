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
];

export function createPhoneText(pick: <T>(list: readonly T[]) => T): ForeignLink {
  const number = pick(PHONES);
  return {
    reply: pick(PHONE_PLACES)(number),
    marks: ["0177", "01 77", "01-77", "٠١٧٧", "०१७७", "7\u20E37\u20E3"],
  };
}
