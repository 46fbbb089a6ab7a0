/** A sign that Markdown reads is always written without its backslash, others only where the backslash is no part of a path. */
const ESCAPED = /\\([*_`~[\]<>|])|(?<![\p{L}\\])\\([.()+!#{}-])/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&apos;": "'",
  "&nbsp;": "\u00A0",
};
const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#39);/g;

/** The quotations that a range of the source is in. Each of its lines begins with as many signs. */
export interface Quotations {
  quotes: number;
  /** Whether the range begins a line. */
  isLineStart: boolean;
}

/** A range of the source without escapes, entities and the signs of its quotations. */
export function readText(source: string, quotations: Quotations): string {
  return removeQuoteSigns(source, quotations)
    .replace(ESCAPED, (_, sign?: string, other?: string) => sign ?? other ?? "")
    .replace(ENTITY, (entity) => ENTITIES[entity] ?? entity);
}

export function removeQuoteSigns(source: string, { quotes, isLineStart }: Quotations): string {
  if (quotes === 0) return source;
  const start = isLineStart ? "(^|\\n)" : "(\\n)";
  return source.replace(new RegExp(`${start}(?:[ \\t]{0,3}> ?){1,${quotes}}`, "g"), "$1");
}
