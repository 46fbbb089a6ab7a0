import type { ConsentRequest } from "../../db/inbound/new-inbound.ts";
import type { AccountSettings } from "../../db/tenants/channel-account.ts";
import { CONSENT_WORDS, COURTESIES } from "./consent-words.ts";
import type { WordRow } from "./word-row.ts";
import { foldText, joinLetters, splitWords, squeezeLetters } from "./plain-words.ts";

type Words = ReadonlyMap<string, ConsentRequest>;

const EVERYWHERE = mapWords((row) => row.on === "every channel");
/** The carriers' meaning of a word wins on their channels. */
const ON_CARRIERS: Words = new Map([...EVERYWHERE, ...mapWords((row) => row.on === "carriers")]);
const SQUEEZED: Words = new Map(
  [...EVERYWHERE]
    .filter(([word, request]) => request === "stop" && word.length >= 4)
    .map(([word, request]) => [squeezeLetters(word), request]),
);
/** By the first word, the longest first. */
const COURTESY = Map.groupBy(
  splitList(COURTESIES)
    .map(splitWords)
    .toSorted((a, b) => b.length - a.length),
  ([first = ""]) => first,
);
/** Enough for a word with courtesies in every form. A longer text is a sentence. */
const MAX_WORDS = 40;
/** Signs that are a request by themselves. Other signs around words are ignored. */
const SIGNS = /[🛑⛔🚫👍👎]/gu;

/** The request that a text is as a whole, or null. `extra` are the account's own words in addition to the built-in ones. */
export function findWord(
  text: string,
  { isCarrier, extra = {} }: { isCarrier: boolean; extra?: AccountSettings["keywords"] },
): ConsentRequest | null {
  // In a group a command of Telegram names the bot: "/stop@acme_bot".
  const folded = joinLetters(foldText(text).replace(/^\s*\/(\w+)@\w+\s*$/u, "$1"));
  const known = isCarrier ? ON_CARRIERS : EVERYWHERE;
  const words = splitWords(folded);
  if (words.length > MAX_WORDS) return null;
  // With its courtesies first: "ok" and "please do" are answers.
  for (const bare of [toWhole(words), toWhole(dropCourtesies(words))]) {
    const found = known.get(bare) ?? findAccountWord(bare, extra) ?? SQUEEZED.get(squeezeLetters(bare));
    if (found !== undefined) return found;
  }
  const signs = [...new Set(text.match(SIGNS) ?? [])].join(" ");
  return words.length === 0 ? (known.get(signs) ?? null) : null;
}

function findAccountWord(
  bare: string,
  extra: NonNullable<AccountSettings["keywords"]>,
): ConsentRequest | undefined {
  return (["stop", "start", "help", "agent"] as const).find((request) =>
    extra[request]?.some((word) => bare !== "" && splitWords(foldText(word)).join(" ") === bare),
  );
}

/** Each word counts once, so that "STOP STOP STOP" is a request. */
function toWhole(words: readonly string[]): string {
  return [...new Set(words)].join(" ");
}

function dropCourtesies(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const courtesy = COURTESY.get(words[at] ?? "")?.find((each) =>
      each.every((word, i) => words[at + i] === word),
    );
    if (courtesy === undefined) kept.push(words[at] ?? "");
    else at += courtesy.length - 1;
  }
  return kept;
}

function mapWords(isWanted: (row: WordRow) => boolean): Map<string, ConsentRequest> {
  return new Map(
    CONSENT_WORDS.filter(isWanted).flatMap(({ request, words }) =>
      splitList(words).map((word) => [word, request] as const),
    ),
  );
}

function splitList(list: string): string[] {
  return list.split("|").map((word) => {
    const folded = foldText(word.trim());
    return splitWords(folded).join(" ") || folded;
  });
}
