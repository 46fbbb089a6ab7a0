import { removeHtmlTags } from "./html-tags.ts";
import { type AllowedLinks, NO_LINKS } from "./links/allowed-links.ts";
import { findLinks } from "./links/find-links.ts";

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
const RUN_BEFORE = /[^\s<>()[\]{}"'`«»„“”‘’,;|]{0,300}$/u;
const RUN_AFTER = /^[^\s<>()[\]{}"'`«»„“”‘’,;|!?.]{0,300}/u;
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
  const notations = [...findNotations(text, MARKDOWN_LINK, 1), ...findNotations(text, SLACK_LINK, 2)];
  const cuts = foreign.map(({ start, end }) => {
    const around = notations.find((notation) => isTarget(notation, start, end));
    return around ?? widen(text, { start, end, words: "" });
  });
  return applyCuts(text, cuts);
}

/** A notation of which the link is the target, and not a part of the words. */
function isTarget({ start, end, wordsStart, wordsEnd }: Notation, from: number, to: number): boolean {
  return from >= start && to <= end && (from < wordsStart || from >= wordsEnd);
}

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
  const isOwnDetail = ({ start, end }: { start: number; end: number }) =>
    values.some(
      (value) =>
        value.start <= start && value.end >= end && !/^\[\[(?:URL_LOGIN|SECRET|PRIVATE_KEY)/.test(value.name),
    );
  const found = findLinks(text, { placeholders, phoneRegion: links.phoneRegion });
  return [
    ...found.filter((link) => !isOwnDetail(link) && !links.has(link)),
    ...values.filter(({ isTouching }) => isTouching),
  ];
}

const PLACEHOLDER = /\[\[[A-Z][A-Z_]{1,20}_\d{1,4}\]\]/g;
/** A detail is never restored next to one of these: it would be a part of an address. */
const TOUCHES_BEFORE = /[\w@/\\=&#%?.~+-]$/;
const TOUCHES_AFTER = /^(?:[\w@/\\=&#%~+]|[.:?-][\p{L}\p{N}@/%])/u;

function findPlaceholderSpans(text: string, placeholders: Readonly<Record<string, string>>) {
  return Array.from(text.matchAll(PLACEHOLDER), ({ 0: name, index: start }) => {
    const end = start + name.length;
    const before = text.slice(Math.max(0, start - 2), start);
    const after = text.slice(end, end + 3);
    const isTouching = TOUCHES_BEFORE.test(before) || TOUCHES_AFTER.test(after);
    return { name, start, end, isTouching: name in placeholders && isTouching };
  });
}

/** The whole word around a link: "SECRET:x@" before a host is a part of it for a reader. */
function widen(text: string, cut: Cut): Cut {
  const before = RUN_BEFORE.exec(text.slice(Math.max(0, cut.start - 300), cut.start))?.[0] ?? "";
  const after = RUN_AFTER.exec(text.slice(cut.end, cut.end + 300))?.[0] ?? "";
  return { ...cut, start: cut.start - before.length, end: cut.end + after.length };
}

function applyCuts(text: string, cuts: readonly Cut[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, words } of cuts.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) {
      at = Math.max(at, end);
      continue;
    }
    result += text.slice(at, start) + words;
    at = end;
    if (words !== "" || !/(?:^|\s)$/.test(result)) continue;
    // One space stays of two, and none before a mark.
    const gap = /^[ \t]*/.exec(text.slice(end, end + 100))?.[0].length ?? 0;
    if (gap > 0) at = end + gap;
    else if (/^(?:[.,;:!?)]|$)/.test(text.slice(end, end + 1))) result = result.replace(/[ \t]+$/, "");
  }
  return result + text.slice(at);
}

function isOnlyMarks(text: string): boolean {
  return !/[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(text);
}
