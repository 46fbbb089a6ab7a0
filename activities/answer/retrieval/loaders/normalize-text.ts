/** Signs without a width that split a word for a search: soft hyphen, zero-width space, word joiner, byte order mark. */
const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF]/g;
/** A font's joined letters, such as "fi" and "st". */
const LIGATURES = /[\uFB00-\uFB06]/g;

/**
 * One form for each text, however its file writes it. Also replaces NUL and lone surrogates: PDFs contain them, and PostgreSQL rejects
 * them.
 */
export function normalizeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(INVISIBLE, "")
    .replace(LIGATURES, (letters) => letters.normalize("NFKC"))
    .normalize("NFC")
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}
