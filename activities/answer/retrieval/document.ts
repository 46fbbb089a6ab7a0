/** A paragraph, list or table under its headings. */
export interface Block {
  /** Headings above it, outermost first; the document's title is not among them. */
  headings: string[];
  text: string;
}

/** A file as the chunker takes it. */
export interface LoadedDocument {
  /** Relative to the loaded folder, with forward slashes: the document's name for ever. */
  path: string;
  /** Hash of the file's bytes, hexadecimal. */
  sha256: string;
  title: string;
  blocks: Block[];
}

/** What a loader makes of a file's bytes. */
export interface ParsedDocument {
  title: string | null;
  blocks: Block[];
}

/** Collects blocks under the heading they follow; the first top-level heading is the title. */
export function createOutline() {
  const stack: { depth: number; text: string }[] = [];
  const blocks: Block[] = [];
  let title: string | null = null;
  /** Nothing stands below the last heading yet. */
  let isHeadingEmpty = false;
  const path = () => stack.map(({ text }) => text);
  /** A heading with nothing below it is a statement by itself ("Closed on Mondays"), or its words would be lost. */
  const keepEmptyHeading = () => {
    const text = isHeadingEmpty ? stack.pop()?.text : undefined;
    if (text !== undefined) blocks.push({ headings: path(), text });
    isHeadingEmpty = false;
  };
  return {
    heading(depth: number, words: string): void {
      const text = normalizeWhitespace(words).replaceAll("\n", " ");
      if (text === "") return;
      if (title === null && depth === 1 && blocks.length === 0 && stack.length === 0) {
        title = text;
        return;
      }
      if ((stack.at(-1)?.depth ?? 0) >= depth) keepEmptyHeading();
      while ((stack.at(-1)?.depth ?? 0) >= depth) stack.pop();
      stack.push({ depth, text });
      isHeadingEmpty = true;
    },
    text(words: string): void {
      const text = normalizeWhitespace(words);
      if (text === "") return;
      blocks.push({ headings: path(), text });
      isHeadingEmpty = false;
    },
    finish(): ParsedDocument {
      keepEmptyHeading();
      return { title, blocks };
    },
  };
}

/** One space where there were more. PostgreSQL takes no NUL and no half of a surrogate pair, and PDFs hold both. */
function normalizeWhitespace(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}
