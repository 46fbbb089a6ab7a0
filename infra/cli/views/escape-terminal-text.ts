/**
 * Replaces control characters, because they could move the cursor, rewrite earlier lines or set the title. Direction marks could show words
 * in another order. Line breaks and tabs stay.
 */
export function escapeTerminalText(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- these characters are replaced
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
