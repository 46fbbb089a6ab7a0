/** The text around a number, and the numbers that are none of a phone: sums, dates, times, orders. */
export interface PhoneContext {
  before: string;
  after: string;
}

const DATE =
  /(?:^|\D)(?:(?:19|20)\d{2}([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d{2})(?!\d)/;
const YEARS = /^(?:0 )?(?:19|20)\d{2}\s?[-/–. ]\s?(?:19|20)\d{2}$/;
/** Opening hours and days: 9.00-17.00, 0900-1730, 01.05.24-03.05.24. */
const TIMES =
  /(?<!\d)(?:(?:[01]?\d|2[0-4])[.:][0-5]\d\s?[-–—]\s?(?:[01]?\d|2[0-4])[.:][0-5]\d|(?:[01]\d|2[0-4])[0-5]\d\s?[-–—]\s?(?:[01]\d|2[0-4])[0-5]\d|[0-3]?\d\.[01]?\d\.\d{2}\s?[-–—]\s?[0-3]?\d\.[01]?\d\.\d{2})(?!\d)/;
/** 3.14159: one digit before the point is no area code. */
const DECIMAL = /^\d\.\d{4,}(?!\S)/;
/** 1 2 3 4 5 6 7 */
const COUNTING = /^(?:0\D)?1(\D{1,3})2\1[3-9](?:\1\d{1,2}){3,}$|^2(\D{1,3})3\2[4-9](?:\2\d{1,2}){3,}$/;
/** 1 250 000, 1.250.000 or 12,500: a sum. */
const SUM = /^\d{1,3}(?:[.' \u00A0\u202F]\d{3})+$/;
const MONEY_BEFORE = /(?:[$€£¥₹₽₺₩]|\b(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|JPY|Rs\.?|R\$|kr\.?))\s?$/i;
const MONEY_AFTER =
  /^\s?(?:[$€£¥₹₽₺₩%]|(?:USD|EUR|GBP|CHF|PLN|RUB|INR|BRL|kr|zł|руб|euros?|dollars?|pounds?|people|users|items|pcs|stück|rows|requests|tokens?|bytes|[kMG]B|km|kg|mm|cm|ms)(?!\p{L}))/iu;
/** Words between a cue and its number: "call us today at". */
const WORDS_BETWEEN = String.raw`(?!\p{L})[ \t:.,'"“„(*_!-]{0,4}(?:\p{L}{1,14}[ \t:.,'"“„(*_!-]{1,3}){0,3}$`;
const PHONE_CUE = new RegExp(
  String.raw`(?<!\p{L})(?:phone|tel|telefon\p{L}{0,4}|telephone|telefono|tel[ée]fono|t[ée]l|t[ée]l[ée]phone|telefoon\p{L}{0,8}|call(?:ing)?|ring|dial|text|sms|whats ?app|mobile?|mobiel|mobilnummer|rufnummer|durchwahl|m[óo]vil|celular|cellulare|portable|cell|handy\p{L}{0,8}|komórk\p{L}{0,4}|fax|hotline|reach|contact|anrufen|anruf|rufen|bel|appele[rz]|llama\p{L}{0,4}|chiama\p{L}{0,4}|ligar|ligue|zadzwo\p{L}{0,4}|numer|number|num|numéro|nummer|numero|número|номер\p{L}{0,3}|тел|телефон\p{L}{0,3}|звони\p{L}{0,4}|позвони\p{L}{0,4}|फ़ोन|फोन|هاتف|اتصل)${WORDS_BETWEEN}|(?:電話|电话|拨打|致电|☎|☏|✆|📞|📱)[\s:：]{0,3}$`,
  "iu",
);
const OTHER_CUE = new RegExp(
  String.raw`(?:(?<!\p{L})(?:order|tracking|track|invoice|ref|reference|ticket|account|acct|parcel|shipment|package|item|sku|serial|version|customer|booking|reservation|confirmation|case|policy|isbn|issn|ean|upc|gtin|imei|model|part|article|product|id|code|pin|vat|tax|iban|bic|batch|lot|membership|contract|transaction|receipt|voucher|coupon|dhl|ups|usps|fedex|bestell\p{L}*|auftrag\p{L}*|rechnung\p{L}*|kunden\p{L}*|sendung\p{L}*|vorgang\p{L}*|artikel\p{L}*|vertrag\p{L}*|commande|facture|colis|suivi|pedido|factura|env[íi]o|ordine|fattura|spedizione|bestelling|factuur|zam[óo]wieni\p{L}*|faktur\p{L}*|заказ\p{L}*|сч[её]т\p{L}*|трек\p{L}*)(?!\p{L})[^\d\n\p{L}]{0,4}(?:(?:is|was|number|no|nr|num|nummer|numéro|número|numero|id|code|and|или|und|et|y|номер)[^\d\n\p{L}]{1,3}){0,3}|[№#]\s?|(?:订单|单号|注文|注文番号|주문번호|订单号)[^\d\n\p{L}]{0,4})$`,
  "iu",
);

/** True after words such as "order number". */
export function isOtherNumber(before: string): boolean {
  return OTHER_CUE.test(before);
}

/** True after words such as "call us at". */
export function hasPhoneCue(before: string): boolean {
  return PHONE_CUE.test(before);
}

/** A sum of money or a count. No sum begins with a zero. */
export function isAmount(number: string, { before, after }: PhoneContext): boolean {
  return /^[1-9]/.test(number) && (MONEY_BEFORE.test(before) || MONEY_AFTER.test(after));
}

/** 1.250.000 */
export function isSum(number: string): boolean {
  return SUM.test(number);
}

/** A date, two years, a decimal fraction, or numbers in sequence. */
export function isDateOrFraction(number: string): boolean {
  return DATE.test(number) || YEARS.test(number) || DECIMAL.test(number) || COUNTING.test(number);
}

/** Times with a short count are no phone number. More digits could be one. */
export function isTimes(number: string): boolean {
  const rest = number.replace(TIMES, "");
  return rest !== number && rest.replace(/\D/g, "").length <= 3;
}
