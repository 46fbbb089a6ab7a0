/** The source of a regular expression that matches the text literally. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Matches every text with this beginning; `*` matches any characters. */
export function wildcardPattern(prefix: string): RegExp {
  return new RegExp(`^${prefix.split("*").map(escapePattern).join(".*")}`, "s");
}
