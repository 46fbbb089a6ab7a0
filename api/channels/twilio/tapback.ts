/*
 * A reaction that a phone writes as a text, because SMS has no reactions: `Liked “We open at nine.”`, `👍 to “We open at nine.”`. It quotes our
 * message, so its words are not the contact's.
 */

/** Quotation marks of the languages below, and the straight ones that some carriers put in their place. */
const OPENING = `["“„«‹「『]`;
const CLOSING = `["”“»›」』]`;
/** Apple cuts a long quote with an ellipsis, before or after the mark. */
const QUOTE = `\\s*${OPENING}[\\s\\S]*?(?:${CLOSING}|…|\\.\\.\\.)[.…]*`;

/** What Apple writes before the quote. Removals of a reaction are in the same list. */
const APPLE = [
  // English
  "liked",
  "loved",
  "disliked",
  "laughed at",
  "emphasi[sz]ed",
  "questioned",
  "removed (?:a|an) (?:like|heart|dislike|laugh|exclamation|exclamation mark|exclamation point|question mark) from",
  "reacted .{1,16} to",
  "removed .{1,16} from",
  // German
  "gefällt",
  "mag",
  "liebt",
  "missfällt",
  "lacht über",
  "hebt .{0,20}hervor",
  "hebt",
  "hinterfragt",
  "hat (?:mit )?.{1,16} auf",
  "reagierte mit .{1,16} auf",
  // French
  "a aimé",
  "a adoré",
  "n[’']a pas aimé",
  "a ri de",
  "a ins.sté sur",
  "a mis en évidence",
  "a exprimé un doute (?:à propos de|sur)",
  "a réagi avec .{1,16} à",
  // Spanish
  "le gustó",
  "le encantó",
  "no le gustó",
  "le dio risa",
  "se rio de",
  "exclamó por",
  "dudó sobre",
  "reaccionó con .{1,16} a",
  // Italian
  `ha messo ${OPENING}?mi piace${CLOSING}? a`,
  "piace",
  "adora",
  "non piace",
  "ha riso per",
  "ride per",
  "ha enfatizzato",
  "ha dubitato di",
  "ha reagito con .{1,16} a",
  // Portuguese
  "gostou de",
  "curtiu",
  "amou",
  "adorou",
  "não gostou de",
  "riu de",
  "enfatizou",
  "destacou",
  "questionou",
  "reagiu com .{1,16} a",
  // Dutch
  "vond leuk",
  "vond geweldig",
  "vond niet leuk",
  "moest lachen om",
  "benadrukte",
  "stelde een vraag over",
  // Russian
  "понравилось",
];
/** Apple names what it cannot quote. */
const THINGS =
  "an? (?:image|photo|picture|movie|video|audio message|attachment|sticker|message|contact|location|link)";

const APPLE_TAPBACK = new RegExp(
  `^(?:${APPLE.join("|")})(?:${QUOTE}|\\s+${THINGS}|\\s+${OPENING}${THINGS}${CLOSING})\\s*$`,
  "iu",
);
/** Other phones write the emoji, a short word of their language and the quote. Zero-width spaces surround the emoji. */
const EMOJI_TAPBACK = new RegExp(
  `^[\\s\\u200B\\u200A]*(?:\\p{Extended_Pictographic}|\\p{Emoji_Modifier}|[\\u200D\\uFE0F])+[\\s\\u200B\\u200A]*(?:\\p{L}{1,6}\\s+)?[\\u200A]?${QUOTE}\\s*$`,
  "u",
);
/** A quote of our own longest message, and the words around it. */
const MAX_LENGTH = 2_000;

/** True for a text that a phone wrote in place of a reaction. */
export function isTapback(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return false;
  return APPLE_TAPBACK.test(trimmed) || EMOJI_TAPBACK.test(trimmed);
}
