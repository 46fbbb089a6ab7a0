import type { AccountSettings } from "../../db/tenants/channel-account.ts";

/** "yes" subscribes again, but only a contact who has opted out; the inbox decides that. "agent" asks for an agent. */
export type ConsentKeyword = "stop" | "start" | "help" | "agent" | "yes";

/**
 * Words of 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe) and of the carriers (STOPALL, OPTOUT,
 * ARRET, REMOVE, TD …). A word counts only as the whole message: "cancel my order" is a question.
 */
const KEYWORDS: ReadonlyMap<string, ConsentKeyword> = new Map([
  ...mapWords("stop", [
    "stop",
    "stop all",
    "stopall",
    "quit",
    "end",
    "revoke",
    "opt out",
    "optout",
    "cancel",
    "unsubscribe",
    "arret",
    "remove",
    "td",
  ]),
  ...mapWords("start", ["start", "unstop", "opt in", "optin", "subscribe", "resume"]),
  ...mapWords("help", ["help", "info", "aide"]),
  ...mapWords("yes", ["yes"]),
  ...mapWords("agent", [
    "human",
    "agent",
    "human agent",
    "real person",
    "representative",
    "operator",
    "talk to a human",
    "talk to a person",
    "speak to a human",
    "speak to a person",
    "speak to an agent",
    "mensch",
    "mitarbeiter",
    "berater",
    "agente",
    "persona",
    "humain",
    "conseiller",
    "operatore",
    "atendente",
  ]),
  // Documented by carriers and messengers for their most frequent languages. An account can add its own words.
  ...mapWords("stop", [
    "stopp",
    "abmelden",
    "baja",
    "parar",
    "cancelar",
    "desuscribir",
    "desinscrire",
    "annulla",
    "sair",
  ]),
  ...mapWords("start", ["anmelden", "alta", "reprendre", "commencer", "iniciar", "inizia"]),
  ...mapWords("help", ["hilfe", "ayuda", "aiuto", "ajuda"]),
]);

const COURTESY = new Set([
  "please",
  "pls",
  "plz",
  "thanks",
  "thank",
  "you",
  "now",
  "thx",
  "ok",
  "okay",
  "kindly",
  "sms",
  "messages",
  "texts",
]);
/** Enough for a keyword with courtesies and a row of exclamation marks or emoji. A longer text is never a keyword. */
const MAX_LENGTH = 400;

/** The request that this message makes, or null. `extra` are the account's own words in addition to the built-in ones. */
export function parseConsentKeyword(
  text: string,
  extra: AccountSettings["keywords"] = {},
): ConsentKeyword | null {
  if (text.length > MAX_LENGTH) return null;
  const words = toPlainWords(text);
  // Each word counts once, so that "STOP STOP STOP" is a keyword.
  const bare = [...new Set(words.filter((word) => !COURTESY.has(word)))].join(" ");
  return KEYWORDS.get(bare) ?? findAccountKeyword(bare, extra);
}

function findAccountKeyword(
  bare: string,
  extra: NonNullable<AccountSettings["keywords"]>,
): ConsentKeyword | null {
  for (const keyword of ["stop", "start", "help", "agent"] as const) {
    if (extra[keyword]?.some((word) => toPlainWords(word).join(" ") === bare)) return keyword;
  }
  return null;
}

/** In lower case, without accents and punctuation: "Arrêt!!" and "S.T.O.P" are words too. */
function toPlainWords(text: string): string[] {
  const folded = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const joined = /^(\p{L}[.\-*_ ]){2,}\p{L}\W*$/u.test(folded) ? folded.replace(/[^\p{L}]/gu, "") : folded;
  return joined
    .replace(/[^\p{L}\p{N}\s-]/gu, " ")
    .split(/[\s-]+/u)
    .filter((word) => word !== "");
}

function mapWords(keyword: ConsentKeyword, words: string[]): [string, ConsentKeyword][] {
  return words.map((word) => [word, keyword]);
}
