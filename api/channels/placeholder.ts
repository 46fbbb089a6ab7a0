/** Characters of a detail in a placeholder. The whole content is at the vendor. */
const MAX_DETAIL = 300;

/**
 * One line that stands for content without words, in the transcript and before the model: `[order: 2 x sku-1]`. The brackets tell it from
 * words that the contact wrote.
 */
export function formatPlaceholder(what: string, detail: string | null = null): string {
  const line = (detail ?? "").replace(/\s+/g, " ").trim();
  if (line === "") return `[${what}]`;
  const cut = line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL).toWellFormed()}…` : line;
  return `[${what}: ${cut}]`;
}

/** A placeholder with the words that belong to it, each on a line of its own. */
export function joinLines(...lines: readonly (string | null | undefined)[]): string {
  return lines
    .map((line) => line?.trim() ?? "")
    .filter((line) => line !== "")
    .join("\n");
}

/** Deeper content is no content of a contact. */
const MAX_DEPTH = 12;

/**
 * The words under `names` anywhere in a rich text, in the order of the document. Vendors nest them in lists, tables and sections, and add
 * kinds of blocks.
 */
export function collectWords(value: unknown, names: ReadonlySet<string>, depth = 0): string[] {
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => collectWords(item, names, depth + 1));
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner === "string") return names.has(name) && inner.trim() !== "" ? [inner] : [];
    return collectWords(inner, names, depth + 1);
  });
}
