/** Literal text as the source of a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Fits every text that begins so; `*` stands for any run of characters. */
export function wildcardPattern(prefix: string): RegExp {
  return new RegExp(`^${prefix.split("*").map(escapePattern).join(".*")}`, "s");
}
