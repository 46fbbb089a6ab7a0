/** Lines that a mail program or a phone puts in front of what it quotes. The text after them is not the contact's own. */
const QUOTE_BEGINS = [
  /^-{2,}\s*(original message|urspr\S+ nachricht|mensaje original|message d.origine|mensagem original|messaggio originale)/iu,
  /^(on|am|el|le|em|il)\s.{4,120}(wrote|schrieb|escribi.|a .crit|escreveu|ha scritto)\s*:?\s*$/iu,
  /^_{10,}$/u,
];
/** "-- " begins a signature (RFC 3676, section 4.3). */
const SIGNATURE_BEGINS = /^--\s?$/u;
const SENT_FROM =
  /^(sent from my|get outlook for|von meinem .{2,30} gesendet|enviado desde mi|envoy. (de|depuis) mon|enviado do meu|inviato da)\b/iu;
/** Three words or more in quotation marks are what another wrote: `You say "reply STOP to end"`. Shorter ones stay. */
const QUOTATION = /["“„«]([^"“”„«»\n]*)["”“»]/gu;
const QUOTED_WORDS = 3;
const IS_QUOTED = /^\s*[>|]/u;

/** The text without quoted lines and passages, and without a signature that is marked as one. */
export function readOwnWords(text: string): string {
  const lines = text.split(/\r\n|\r|\n/u);
  const end = lines.findIndex((line) => endsOwnWords(line.trimEnd()));
  const own = (end < 0 ? lines : lines.slice(0, end)).filter((line) => !IS_QUOTED.test(line));
  return dropQuotedPassages(own.join("\n").trim());
}

/** A message that is one quoted passage is the contact's own. */
function dropQuotedPassages(text: string): string {
  const rest = text
    .replace(QUOTATION, (quotation, words: string) =>
      words.trim().split(/\s+/u).length >= QUOTED_WORDS ? " " : quotation,
    )
    .trim();
  return /\p{L}/u.test(rest) ? rest : text;
}

function endsOwnWords(line: string): boolean {
  const isEnd = SIGNATURE_BEGINS.test(line) || SENT_FROM.test(line.trimStart());
  return isEnd || QUOTE_BEGINS.some((begin) => begin.test(line.trimStart()));
}
