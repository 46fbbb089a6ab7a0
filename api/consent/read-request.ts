import type { ConsentRequest } from "../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { hasCarrierWords } from "../../infra/channels/registry.ts";
import type { InboundMessage, TextOrigin } from "../channels/channel.ts";
import { findWord } from "./find-word.ts";
import { findWish } from "./free-form/find-wish.ts";
import type { Finding } from "./free-form/rule-language.ts";
import { readOwnWords } from "./own-words.ts";
import { foldText } from "./plain-words.ts";

/** Enough for a wish in a long complaint. The rest is not read. */
const MAX_LENGTH = 1_000;
/** A greeting, the word and a signature. In a longer text a line of one word may be an item of a list. */
const MAX_LINES = 6;
/** Enough for a word with courtesies and a row of exclamation marks or emoji. */
const MAX_WORD_LENGTH = 400;

/**
 * What words of an origin may be. Only typed words are consent: the label of a button is the business's own, and a caption or the field of a
 * form may be about something else, and forwarded words may be of another, so Parley asks.
 */
const MEANINGS: Readonly<Record<TextOrigin, (request: ConsentRequest) => ConsentRequest | null>> =
  Object.freeze({
    typed: (request) => request,
    caption: toQuestion,
    form: toQuestion,
    forward: toQuestion,
    press: (request) => (request === "agent" ? request : null),
    tapback: () => null,
    placeholder: () => null,
  });

function toQuestion(request: ConsentRequest): ConsentRequest | null {
  if (request === "stop" || request === "maybe_stop") return "maybe_stop";
  return request === "agent" ? request : null;
}

/** The request that this message makes, or null. */
export function readRequest(
  { text, origin }: Pick<InboundMessage, "text" | "origin">,
  { channel, settings }: Pick<ChannelAccount, "channel" | "settings">,
): ConsentRequest | null {
  const own = readOwnWords(text.slice(0, MAX_LENGTH));
  if (own === "") return null;
  const isCarrier = origin === "typed" && hasCarrierWords(channel);
  const context = { isCarrier, extra: settings.keywords };
  const word = own.length <= MAX_WORD_LENGTH ? findWord(own, context) : null;
  const request = word === null || word === "maybe_stop" ? (findStop(own, isCarrier) ?? word) : word;
  return request === null ? null : MEANINGS[origin](request);
}

/** A STOP next to other words, or a wish in any words. The stronger of the two counts, and two unclear ones make a clear one. */
function findStop(own: string, isCarrier: boolean): ConsentRequest | null {
  const found = [findStopAtEdge(own, isCarrier), toRequest(findWish(own))];
  if (found.includes("stop") || found.every((each) => each === "maybe_stop")) return "stop";
  return found.find((each) => each !== null) ?? null;
}

function toRequest(finding: Finding | null): ConsentRequest | null {
  return finding === "ask" ? "maybe_stop" : finding;
}

/**
 * "STOP" in front of or after other words: "STOP! I never signed up", or a signature below it. In a line of its own or in capital letters
 * it is a request, and so it is for carriers. "Stop. I mean the red one" is not, so Parley asks.
 */
function findStopAtEdge(own: string, isCarrier: boolean): ConsentRequest | null {
  const lines = own.split("\n").filter((line) => line.trim() !== "");
  const places = lines.length <= MAX_LINES ? lines : [lines[0], lines.at(-1)];
  if (lines.length > 1 && places.some(isStop)) return "stop";
  const sentences = splitClauses(own);
  const edges = sentences.length > 1 ? [sentences[0], sentences.at(-1)].filter(isStop) : [];
  if (edges.length === 0) return null;
  return isCarrier || edges.some(isShouted) ? "stop" : "maybe_stop";
}

/** A comma ends a clause too: "I am tired of this, stop". */
function splitClauses(text: string): string[] {
  return text.split(/[.!?…,;。！？、，]+/u).filter((sentence) => foldText(sentence).trim() !== "");
}

function isStop(words: string | undefined): boolean {
  return words !== undefined && findWord(words, { isCarrier: false }) === "stop";
}

function isShouted(words: string | undefined): boolean {
  return words !== undefined && words === words.toUpperCase() && words !== words.toLowerCase();
}
