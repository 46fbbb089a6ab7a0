import { removeHtmlTags } from "./html-tags.ts";
import { type AllowedLinks, NO_LINKS } from "./links/allowed-links.ts";
import { createCoverIndex } from "./links/covering-span.ts";
import { findLinks } from "./links/find-links.ts";
import { PLACEHOLDER } from "./placeholder.ts";

/**
 * Control characters, invisible direction marks and tag characters, except tab and newline. A joiner stays after a letter or emoji
 * outside Latin, because Persian and family emoji need it, and so do the tag characters of a flag and the direction marks of Arabic.
 */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u00AD\u2060-\u2069\u202A-\u202E\uFEFF]|\r(?!\n)|(?<=^|[\u0000-\u024F])[\u200B-\u200D]|(?<![\u0590-\u08FF\uFB1D-\uFEFC])[\u200E\u200F](?![\u0590-\u08FF\uFB1D-\uFEFC])|(?<!\u{1F3F4}[\u{E0020}-\u{E007F}]{0,6})[\u{E0000}-\u{E007F}]/gu;
const MARKDOWN_LINK = /!?\[([^[\]]{0,300})\]\(([^()\n]{0,2000}(?:\([^()\n]{0,200}\)[^()\n]{0,200}){0,3})\)/g;
const SLACK_LINK = /<([^<>|\s]{1,2000})\|([^<>|]{0,300})>/g;
/** For a reader these signs belong to the link, so nothing of them must stay. */
const BEFORE_LINK = /[^\s<>()[\]{}"'`«»„“”‘’,;|]/u;
const AFTER_LINK = /[^\s<>()[\]{}"'`«»„“”‘’,;|!?.]/u;
const MAX_WIDENING = 300;
/** A reply that still changes after so many rounds is an attack, and nothing of it is kept. */
const MAX_ROUNDS = 6;

export interface SanitiseOptions {
  links?: AllowedLinks;
  /** Values that are put in place of placeholders when the reply is sent. */
  placeholders?: Readonly<Record<string, string>>;
}

/**
 * A reply without tags, invisible characters and foreign links. A manipulated model could leak data in a link or send the contact to
 * an attacker. Links are looked for in the text as it is sent: with the values of its placeholders. Everything else stays as it is,
 * byte for byte.
 */
export function sanitiseReply(
  reply: string,
  { links = NO_LINKS, placeholders = {} }: SanitiseOptions,
): string {
  let text = reply;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = removeForeignLinks(removeHtmlTags(text.replace(INVISIBLE, "")), links, placeholders);
    if (next === text) return text !== reply && isOnlyMarks(text) ? "" : text;
    text = next;
  }
  return "";
}

interface Cut {
  start: number;
  end: number;
  /** The words that replace it. */
  words: string;
}

function removeForeignLinks(
  text: string,
  links: AllowedLinks,
  placeholders: Readonly<Record<string, string>>,
): string {
  const foreign = findForeignSpans(text, links, placeholders);
  if (foreign.length === 0) return text;
  const findNotation = createCoverIndex([
    ...findNotations(text, MARKDOWN_LINK, 1),
    ...findNotations(text, SLACK_LINK, 2),
  ]);
  const cuts = foreign.map(({ start, end }) => {
    const notation = findNotation({ start, end });
    const isTarget = notation !== undefined && (start < notation.wordsStart || start >= notation.wordsEnd);
    return isTarget ? notation : widen(text, { start, end, words: "" });
  });
  return applyCuts(text, cuts);
}

/** Words with a link as their target. */
interface Notation extends Cut {
  wordsStart: number;
  wordsEnd: number;
}

function findNotations(text: string, pattern: RegExp, group: 1 | 2): Notation[] {
  return Array.from(text.matchAll(pattern), (found) => {
    const words = found[group] ?? "";
    const wordsStart = found.index + found[0].indexOf(words, group === 1 ? 1 : (found[1] ?? "").length + 2);
    return {
      start: found.index,
      end: found.index + found[0].length,
      words,
      wordsStart,
      wordsEnd: wordsStart + words.length,
    };
  });
}

function findForeignSpans(
  text: string,
  links: AllowedLinks,
  placeholders: Readonly<Record<string, string>>,
): { start: number; end: number }[] {
  const values = findPlaceholderSpans(text, placeholders);
  // A detail that the contact wrote may be repeated, alone. A login in a URL is not repeated.
  const details = values.filter(({ name }) => !/^\[\[(?:URL_LOGIN|SECRET|PRIVATE_KEY)/.test(name));
  const found = findLinks(text, { placeholders, phoneRegion: links.phoneRegion });
  // A part of a permitted link, such as a host in its query, is no link of its own.
  const findPermitted = createCoverIndex([...details, ...found.filter((link) => links.has(link))]);
  return [
    ...found.filter((link) => findPermitted(link) === undefined),
    ...values.filter(({ isTouching }) => isTouching),
  ];
}

const PLACEHOLDERS = new RegExp(PLACEHOLDER, "g");
/** A detail is never restored next to one of these: it would be a part of an address. */
const TOUCHES_BEFORE = /(?:[A-Za-z0-9@/\\=&#%?.~+-]|[^\s(]_)$/;
const TOUCHES_AFTER = /^(?:[A-Za-z0-9@/\\=&#%~+]|_[\p{L}\p{N}_@/%=&#]|[.:?-][\p{L}\p{N}@/%])/u;

function findPlaceholderSpans(text: string, placeholders: Readonly<Record<string, string>>) {
  return Array.from(text.matchAll(PLACEHOLDERS), ({ 0: name, index: start }) => {
    const end = start + name.length;
    const before = text.slice(Math.max(0, start - 2), start);
    const after = text.slice(end, end + 3);
    const isTouching = TOUCHES_BEFORE.test(before) || TOUCHES_AFTER.test(after);
    return { name, start, end, isTouching: name in placeholders && isTouching };
  });
}

/** The whole word around a link: "SECRET:x@" before a host is a part of it for a reader. */
function widen(text: string, cut: Cut): Cut {
  let { start, end } = cut;
  while (start > 0 && cut.start - start < MAX_WIDENING && BEFORE_LINK.test(text[start - 1] ?? "")) start -= 1;
  while (end < text.length && end - cut.end < MAX_WIDENING && AFTER_LINK.test(text[end] ?? "")) end += 1;
  return { ...cut, start, end };
}

function applyCuts(text: string, cuts: readonly Cut[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end, words } of cuts.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) {
      at = Math.max(at, end);
      continue;
    }
    const piece = text.slice(at, start);
    const isAtSpace = start === 0 || /\s/.test(text[start - 1] ?? "");
    const gap = words === "" && isAtSpace ? countSpaces(text, end) : 0;
    // One space stays of two, and none before a mark.
    const isBeforeMark =
      words === "" && gap === 0 && (end === text.length || /[.,;:!?)]/.test(text[end] ?? ""));
    pieces.push(isBeforeMark ? piece.trimEnd() : piece, words);
    at = end + gap;
  }
  return pieces.join("") + text.slice(at);
}

function countSpaces(text: string, from: number): number {
  let end = from;
  while (text[end] === " " || text[end] === "\t") end += 1;
  return end - from;
}

function isOnlyMarks(text: string): boolean {
  return !/[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(text);
}
