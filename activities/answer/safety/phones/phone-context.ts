/** The text around a number: its words decide what the number is. */
export interface PhoneContext {
  before: string;
  after: string;
  /** Its neighbours are counts and years at most. */
  isAlone: boolean;
}

const MONEY_BEFORE = /(?:[$€£¥₹₽₺₩]|\b(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|JPY|Rs\.?|R\$|kr\.?))\s?$/i;
const MONEY_AFTER =
  /^\s?(?:[$€£¥₹₽₺₩%]|(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|kr|zł|руб|euros?|dollars?|pounds?|people|users|items|points|punkte|visitors|views|followers|times|mal|pcs|stück|rows|requests|tokens?|bytes|[kMG]B|km|kg|mm|cm|ms)(?!\p{L}))/iu;
/** Words between a cue and its number: "call us today at". */
const WORDS_BETWEEN = String.raw`(?!\p{L})[ \t:.,'"“„(*_!-]{0,4}(?:\p{L}{1,14}[ \t:.,'"“„(*_!-]{1,3}){0,3}$`;
const PHONE_CUE = new RegExp(
  String.raw`(?<!\p{L})(?:\p{L}{0,20}(?:hotline|helpline|infoline|infolini[ae]|telefon(?:nummer)?)|phone|tel|telefon\p{L}{0,4}|telephone|telefono|tel[ée]fono|t[ée]l|t[ée]l[ée]phone|telefoon\p{L}{0,8}|call(?:ing)?|ring|dial|text|sms|whats ?app|mobile?|mobiel|mobilnummer|rufnummer|durchwahl|m[óo]vil|celular|cellulare|portable|cell|handy\p{L}{0,8}|komórk\p{L}{0,4}|fax|reach|contact|anrufen|anruf|rufen|bel|appele[rz]|llama\p{L}{0,4}|chiama\p{L}{0,4}|ligar|ligue|zadzwo\p{L}{0,4}|numer|number|num|numéro|nummer|numero|número|номер\p{L}{0,3}|тел|телефон\p{L}{0,3}|звони\p{L}{0,4}|позвони\p{L}{0,4}|फ़ोन|फोन|هاتف|اتصل)${WORDS_BETWEEN}|(?:電話|电话|拨打|致电|☎|☏|✆|📞|📱)[\s:：]{0,3}$`,
  "iu",
);
/** "Support: ", "**Helpline:** " */
const LABEL = /\p{L}[*_"')]{0,3}[:：][*_"']{0,3}[ \t]{0,2}[*_"']{0,3}$/u;

/**
 * Nouns of numbers that are no phone's. A thing is numbered with hyphens too. A customer has a phone, so digits after
 * the noun may be one.
 */
const NOUNS = {
  thing: String.raw`(?:spare |order )?parts?|item|sku|rfc|iso|din|serial|model|article|product|isbn|issn|ean|upc|gtin|imei|barcode|\p{L}*teil\p{L}{0,2}(?:nummer|nr)?|artikel\p{L}*|seriennummer|modell\p{L}*|produkt\p{L}*|art(?:\.|ikel)?-?nr`,
  customer: String.raw`customers?|clients?|members?(?:hip)?|kunden?\p{L}*|mitglied\p{L}*`,
  order: String.raw`orders?|tracking|track|invoice|ref|reference|ticket|account|acct|parcel|package|shipment|version|booking|reservation|confirmation|case|policy|id|code|pin|vat|tax|iban|bic|batch|lot|contract|transaction|receipt|voucher|coupon|timestamp|p\.?o|dhl|ups|usps|fedex|bestell\p{L}*|auftrag\p{L}*|rechnung\p{L}*|sendung\p{L}*|paket\p{L}*|konto\p{L}*|blz|lieferschein\p{L}*|gutschein\p{L}*|vorgang\p{L}*|aktenzeichen|vertrag\p{L}*|commande|facture|colis|suivi|pedido|factura|env[íi]o|ordine|fattura|spedizione|bestelling|factuur|zam[óo]wieni\p{L}*|faktur\p{L}*|заказ\p{L}*|сч[её]т\p{L}*|трек\p{L}*`,
};
const AFTER_NOUN = String.raw`(?!\p{L})[^\d\n\p{L}]{0,4}(?:(?:is|was|number|no|nr|num|nummer|numéro|número|numero|id|code|and|or|of|it|the|your|my|ist|die|der|das|lautet|oder|und|et|y|est|la|le|es|el|номер)(?!\p{L})[^\d\n\p{L}]{1,3}){0,4}$`;
const KINDS = Object.keys(NOUNS) as Noun[];
const PATTERNS = KINDS.map(
  (kind) => [kind, new RegExp(String.raw`(?<!\p{L})(?:${NOUNS[kind]})${AFTER_NOUN}`, "iu")] as const,
);
const NUMBER_SIGN = /(?:[№#]\s?|(?:订单|单号|注文|注文番号|주문번호|订单号)[^\d\n\p{L}]{0,4})$/u;
/** In the noun itself: "Kundenhotline". */
const PHONE_NOUN = /hotline|telefon|phone|line(?!\p{L})|service|support|dienst|beratung/iu;

export type Noun = keyof typeof NOUNS;

/** The kind of the noun before a number, such as "order no."; null without one. */
export function readNoun(before: string): Noun | null {
  if (NUMBER_SIGN.test(before)) return "order";
  for (const [kind, pattern] of PATTERNS) {
    const found = pattern.exec(before);
    if (found !== null) return PHONE_NOUN.test(found[0]) ? null : kind;
  }
  return null;
}

/** True after words such as "order number". */
export function isOtherNumber(before: string): boolean {
  return readNoun(before) !== null;
}

const VERSION =
  /(?:(?<![\p{L}\p{N}])(?:versions?|vers?\.?|v|release|build|firmware|sections?|chapter|kapitel|abschnitt|article|rev\.?)|§)\s{0,2}[(:]?$/iu;

/** True after words such as "version" or "section": a dotted number there is no address. */
export function isVersion(before: string): boolean {
  return VERSION.test(before);
}

/** True after words such as "call us at". */
export function hasPhoneCue(before: string): boolean {
  return PHONE_CUE.test(before);
}

/** True after a label with a colon. */
export function hasLabel(before: string): boolean {
  return LABEL.test(before);
}

/** A sum of money or a count. No sum begins with a zero. */
export function isAmount(number: string, { before, after }: Pick<PhoneContext, "before" | "after">): boolean {
  return /^[1-9]/.test(number) && (MONEY_BEFORE.test(before) || MONEY_AFTER.test(after));
}
