/** A paragraph, list or table under its headings. */
export interface Block {
  /** The headings above it, outermost first, without the document's title. */
  headings: string[];
  text: string;
}

/** The input of the chunker. */
export interface LoadedDocument {
  /** Relative to the loaded folder, with forward slashes. It identifies the document in later loads. */
  path: string;
  /** Hash of the file's bytes, hexadecimal. */
  sha256: string;
  title: string;
  blocks: Block[];
}

/** The output of a loader. */
export interface ParsedDocument {
  title: string | null;
  blocks: Block[];
}

/** Characters of a heading, with room for six levels of them in one embedding. */
const MAX_HEADING = 300;

/** Collects blocks under the heading they follow; the first top-level heading is the title. */
export function createOutline() {
  const open: { depth: number; text: string }[] = [];
  const blocks: Block[] = [];
  let title: string | null = null;
  /** True while the last heading has no text below it. */
  let isHeadingEmpty = false;
  const path = () => open.map(({ text }) => text);
  /** A heading without text becomes a block, because it may be a statement ("Closed on Mondays"). */
  const keepEmptyHeading = () => {
    const text = isHeadingEmpty ? open.pop()?.text : undefined;
    if (text !== undefined) blocks.push({ headings: path(), text });
    isHeadingEmpty = false;
  };
  function addText(words: string): void {
    const text = normalizeWhitespace(words);
    if (text === "") return;
    blocks.push({ headings: path(), text });
    isHeadingEmpty = false;
  }
  return {
    heading(depth: number, words: string): void {
      const text = normalizeWhitespace(words).replaceAll("\n", " ");
      if (text === "") return;
      // A page of text that is marked as a heading. Headings are embedded with each of their chunks, which has a limit.
      if (text.length > MAX_HEADING) return addText(text);
      if (title === null && depth === 1 && blocks.length === 0 && open.length === 0) {
        title = text;
        return;
      }
      if ((open.at(-1)?.depth ?? 0) >= depth) keepEmptyHeading();
      while ((open.at(-1)?.depth ?? 0) >= depth) open.pop();
      open.push({ depth, text });
      isHeadingEmpty = true;
    },
    text: addText,
    finish(): ParsedDocument {
      keepEmptyHeading();
      return { title, blocks };
    },
  };
}

/** Also replaces NUL and lone surrogates: PDFs contain them, and PostgreSQL rejects them. */
function normalizeWhitespace(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}
