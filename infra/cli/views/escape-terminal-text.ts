/**
 * Text of strangers on an operator's terminal: control characters could move the cursor, rewrite lines above or set the title, and marks of
 * direction could show words in another order than they stand. They are shown as what they are, line breaks and tabs stay.
 */
export function escapeTerminalText(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
