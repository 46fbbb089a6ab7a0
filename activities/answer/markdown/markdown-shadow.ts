import { PLACEHOLDER } from "../safety/placeholder.ts";

const PLACEHOLDERS = new RegExp(PLACEHOLDER, "g");
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"|\\^]+|[\w.+~*-]+@[\w-]+(?:\.[\w-]+)+/giu;
/** Signs at the ends of an address that belong to the text around it. */
const LEAD = /^[*_~]+/;
const TAIL = /[*_~`.,;:!?)\]]+$/;
/** A bold text that begins or ends with a mark: "**Price:**5" and "**営業時間：**九時" are bold for their authors, and not for CommonMark. */
const NEXT_TO_STRONG = /[^\p{L}\p{N}\s*_~`\\[\]()<>!#|](?=\*\*)|(?<=\*\*)[^\p{L}\p{N}\s*_~`\\[\]()<>!#|]/gu;
const NEXT_TO_EMPHASIS = /[\u3001-\u301F\uFF01-\uFF5E“”](?=\*)|(?<=\*)[\u3001-\u301F\uFF01-\uFF5E“”]/gu;

/**
 * A text of the same length that is parsed in place of the reply: placeholders and addresses contain no signs of Markdown there, so
 * `[[EMAIL_1]]` is no link and the underscores of an address are no emphasis.
 */
export function createShadow(source: string): string {
  return source
    .replace(PLACEHOLDERS, cover)
    .replace(ADDRESS, coverAddress)
    .replace(NEXT_TO_STRONG, cover)
    .replace(NEXT_TO_EMPHASIS, cover);
}

function cover(found: string): string {
  return "x".repeat(found.length);
}

function coverAddress(found: string): string {
  const lead = LEAD.exec(found)?.[0] ?? "";
  const inner = found.slice(lead.length).replace(TAIL, "");
  const tail = found.slice(lead.length + inner.length);
  return lead + inner.replace(/[*_~]/g, "x") + tail;
}
