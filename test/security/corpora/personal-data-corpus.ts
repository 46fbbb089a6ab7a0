import { type CountryCode, getExampleNumber } from "libphonenumber-js";
import examples from "libphonenumber-js/mobile/examples";
import { createRandom } from "../../tools/faults/random.ts";
import { BIRTH_CUES, BIRTH_DATES, CUED_IDS, NATIONAL_IDS } from "./identity-numbers.ts";

export interface PersonalText {
  kind: string;
  text: string;
  /** Must not be left in the masked text. */
  value: string;
  phoneRegion: string;
}

const COUNTRIES = "DE NL RU PL FR IT ES GB IN BR US AT CH BE SE DK NO FI PT CZ TR UA AU IE MX ZA JP CN".split(
  " ",
) as readonly CountryCode[];
const CARD_GAPS = [
  "",
  " ",
  "-",
  ".",
  "/",
  "\n",
  "  ",
  "\u00A0",
  "_",
  "\u00AD",
  " - ",
  "\u200B",
  "\u2009",
  ", ",
];
const DIGITS = [0x30, 0x660, 0x6f0, 0x966, 0xff10];
const CARDS = [
  "4111111111111111",
  "5555555555554444",
  "378282246310005",
  "6011111111111117",
  "3530111333300000",
  "30569309025904",
  "4242424242424242",
  "2223003122003222",
];
const IBANS = [
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "NL91ABNA0417164300",
  "GB29NWBK60161331926819",
  "PL61109010140000071219812874",
  "ES9121000418450200051332",
  "IT60X0542811101000000123456",
  "CH9300762011623852957",
  "BE68539007547034",
];
/** A detail next to an order is still a detail. */
const ORDER_OPENERS = ["order ", "for my order 99: ", "invoice 2026-99, ", "50 € to ", "account "];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const OPENERS = [
  "",
  "Hi, ",
  "Please use ",
  "Meine Daten: ",
  "Es ist ",
  "It is ",
  "voici : ",
  "here: ",
  "mi dato es ",
  "oto ",
  "вот ",
  "(",
  "»",
];
const ENDS = ["", ".", ", thanks", "!", " ok?", "\nBye", ")", " and more", "; danke"];

/** Deterministic: the same seed gives the same texts. */
export function* createPersonalTexts(seed: number, count: number): Generator<PersonalText> {
  const { int, pick } = createRandom(seed);
  const random = (length: number, letters = LETTERS) =>
    Array.from({ length }, () => letters[int(letters.length)]).join("");
  const makers: Readonly<Record<string, () => { value: string; phoneRegion?: string; opener?: string }>> = {
    card: () => ({ value: toDigits(group(pick(CARDS), pick(CARD_GAPS)), pick(DIGITS)) }),
    iban: () => ({ value: group(pick(IBANS), pick(["", " ", "-", "\u00A0", ".", "  "])) }),
    "phone, national": () => createPhone(pick(COUNTRIES), "national", pick),
    "phone, international": () => createPhone(pick(COUNTRIES), "international", pick),
    "phone, 00": () => createPhone(pick(COUNTRIES), "00", pick),
    email: () => ({
      value: `${random(6).toLowerCase()}.${random(4)}@${random(5).toLowerCase()}.${pick(["de", "com", "co.uk", "example"])}`,
    }),
    "stripe key": () => ({ value: `${pick(["sk", "rk"])}_${pick(["live", "test"])}_${random(24)}` }),
    "google key": () => ({ value: `AIza${random(35)}` }),
    "aws key": () => ({
      value: `${pick(["AKIA", "ASIA"])}${random(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    }),
    "github token": () => ({ value: `${pick(["ghp", "gho", "ghs"])}_${random(36)}` }),
    "slack token": () => ({ value: `${pick(["xoxb", "xoxp"])}-${random(12, "0123456789")}-${random(24)}` }),
    jwt: () => ({ value: `eyJ${random(20)}.eyJ${random(40)}.${random(43)}` }),
    pem: () => ({
      value: `-----BEGIN ${pick(["RSA ", "EC ", "OPENSSH ", ""])}PRIVATE KEY-----\n${random(64)}\n${random(64)}\n-----END PRIVATE KEY-----`,
    }),
    "login in a url": () => ({
      value: `${pick(["https", "postgres", "ftp", "redis"])}://${random(5)}:${random(10)}@db.${random(5).toLowerCase()}.com/x`,
    }),
    login: () => ({ value: `${random(5)}:${random(10)}@${random(5).toLowerCase()}.com` }),
    "token in a query": () => ({ value: `${random(24)}7` }),
    ssn: () => ({
      value: `${pick(["219", "536", "401"])}${pick(["", "-", " "])}${pick(["09", "22", "78"])}${pick(["", "-", " "])}9421`,
    }),
    "national id": () => ({ value: pick(NATIONAL_IDS), opener: pick([...OPENERS, ...ORDER_OPENERS]) }),
    "national id after its name": () => {
      const [opener, value] = pick(CUED_IDS);
      return { value, opener };
    },
    "date of birth": () => ({ value: pick(BIRTH_DATES), opener: pick(BIRTH_CUES) }),
    "card and IBAN next to an order": () => ({
      value: group(pick([...CARDS.slice(0, 2), ...IBANS]), pick(["", " ", "-"])),
      opener: pick(ORDER_OPENERS),
    }),
    "phone next to an order": () => ({
      value: pick(["+49 171 2345678", "+1[212]555-2368", "(212) 555-2368", "0171 2345678", "+٤٩١٧١٢٣٤٥٦٧٨"]),
      opener: pick(ORDER_OPENERS),
    }),
    "email for readers": () => ({
      value: pick([
        "ann (at) mail.example",
        "ann[at]mail[dot]example",
        '"ann lee"@mail.example',
        "юля@почта.рф",
      ]),
    }),
    ip: () => ({
      opener: pick([...OPENERS, "server ", ...ORDER_OPENERS]),
      value: pick(["203.0.113.77", "2001:db8::8a2e:370:7334", "198.51.100.23"]),
    }),
  };
  const cues: Readonly<Record<string, string>> = {
    ssn: "my social is ",
    "token in a query": "see https://shop.example/cb?access_token=",
  };
  const kinds = Object.keys(makers);
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length] ?? "card";
    const made = makers[kind]?.() ?? { value: "" };
    const { value, phoneRegion = pick(COUNTRIES), opener = cues[kind] ?? pick(OPENERS) } = made;
    yield {
      kind,
      text: `${opener}${value}${kind === "token in a query" ? " ok" : pick(ENDS)}`,
      value,
      phoneRegion,
    };
  }
}

function createPhone(
  country: CountryCode,
  form: "national" | "international" | "00",
  pick: <T>(list: readonly T[]) => T,
) {
  const number = getExampleNumber(country, examples);
  const international = number?.formatInternational() ?? "";
  const value =
    form === "national"
      ? (number?.formatNational() ?? "")
      : form === "00"
        ? international.replace("+", "00")
        : international;
  return { value: value.replaceAll(" ", pick([" ", " ", "-", "\u00A0", "."])), phoneRegion: country };
}

function group(value: string, gap: string): string {
  return value.replace(/.{4}(?=.)/gs, `$&${gap}`);
}

function toDigits(text: string, zero: number): string {
  return text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

const ORDINARY: readonly ((n: (length: number) => string) => string)[] = [
  (n) => `order ${n(10)}`,
  (n) => `Order number: ${n(3)}-${n(7)}-${n(7)}`,
  (n) => `Bestellung ${n(8)} vom 12.05.2024`,
  (n) => `tracking number ${n(12)}`,
  (n) => `Sendung 00${n(18)}`,
  (n) => `invoice 2024-${n(6)}`,
  (n) => `ticket #${n(8)}`,
  (n) => `SKU ${n(2)}-${n(4)}-${n(2)}`,
  () => "on 2024-05-12 at 10:30",
  () => "12.05.2024 14:30",
  () => "05/12/2024 or 13/12/2024",
  () => "from 2019-2024",
  (n) => `$${n(1)},250.50`,
  (n) => `1.${n(3)}.${n(3)},00 €`,
  (n) => `EUR ${n(2)}.99`,
  () => "1 250 000 items",
  (n) => `1 ${n(3)} 000 zł`,
  (n) => `EAN 40${n(11)}`,
  (n) => `订单号 ${n(12)}`,
  () => "01.05.24-03.05.24",
  () => "0900-1730 daily",
  () => "3.14159265",
  () => "version 1.2.3.4",
  () => "v10.0.19041",
  () => "std::vector and a::b and :: too",
  () => "700x28 and 38/40",
  () => "9:30-18:00, 24/7",
  () => "ISBN 978-3-16-148410-0",
  () => "4 x 4, 2-3 days, 1/2",
  () => "my password is wrong",
  () => "https://shop.example/a?page=2&sort=price",
  () => "README.md, node.js, 3.5 %",
  () => "the token is missing and the key is not valid",
  () => "room 12, floor 3, seats 100 to 120",
];

/** Texts in which nothing is personal. */
export function* createOrdinaryTexts(seed: number, count: number): Generator<string> {
  const { int, pick } = createRandom(seed);
  const digits = (length: number) =>
    Array.from({ length }, (_, i) => int(i === 0 ? 9 : 10) + (i === 0 ? 1 : 0)).join("");
  for (let i = 0; i < count; i++) {
    const [first, second] = [0, 0].map(() => pick(ORDINARY)(digits));
    yield `Where is it? ${first}, and ${second}.`;
  }
}
