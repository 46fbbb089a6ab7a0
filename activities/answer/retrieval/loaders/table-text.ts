/** A row whose cells are longer holds texts, and is no header. */
const MAX_HEADER_CELL = 80;

interface TableOptions {
  /** True where the file says so. Otherwise the first row is a header if it looks like one. */
  hasHeader?: boolean;
  add(text: string, header?: string): void;
}

/** A table as one block with a line for each row. Its header is known to the chunker, which repeats it. */
export function addTable(rows: readonly (readonly string[])[], { hasHeader, add }: TableOptions): void {
  const filled = rows.filter((row) => row.some((cell) => cell !== ""));
  const [first, ...rest] = filled;
  if (first === undefined) return;
  const lines = filled.map(formatRow);
  const isHeader = rest.length > 0 && (hasHeader === true || looksLikeHeader(first, rest));
  add(lines.join("\n"), isHeader ? lines[0] : undefined);
}

export function formatRow(cells: readonly string[]): string {
  const last = cells.findLastIndex((cell) => cell !== "");
  return cells
    .slice(0, last + 1)
    .map((cell) => cell.replace(/\s+/g, " ").trim())
    .join(" | ");
}

/** Several short names without numbers. */
function looksLikeHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const names = first.filter((cell) => cell !== "");
  const isWide = names.length > 1 && rest.some((row) => row.length > 1);
  return isWide && names.every((name) => name.length <= MAX_HEADER_CELL && !/^[\s\d.,:%$€£/+-]+$/.test(name));
}
