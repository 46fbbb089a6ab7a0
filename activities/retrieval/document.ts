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
  return {
    heading(depth: number, text: string): void {
      if (title === null && depth === 1 && blocks.length === 0) {
        title = text;
        return;
      }
      while ((stack.at(-1)?.depth ?? 0) >= depth) stack.pop();
      stack.push({ depth, text });
    },
    text(text: string): void {
      const tidy = text.replace(/[^\S\n]+/g, " ").trim();
      if (tidy !== "") blocks.push({ headings: stack.map((item) => item.text), text: tidy });
    },
    finish: (): ParsedDocument => ({ title, blocks }),
  };
}
