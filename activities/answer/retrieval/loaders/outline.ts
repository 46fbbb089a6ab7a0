import { type Block, countLetters, type Loss, type PageCount, type ParsedDocument } from "../document.ts";
import { normalizeText } from "./normalize-text.ts";

/** Characters of a heading, with room for six levels of them in one embedding. */
const MAX_HEADING = 300;
/** Levels of headings. A file that nests deeper is built to be slow. */
const MAX_DEPTH = 12;

interface Heading {
  depth: number;
  text: string;
}

/** What a loader counts besides the outline. */
interface Counts {
  /** Letters and digits that a reader sees. The default is those of the outline, for a format in which nothing can be lost. */
  visible?: number;
  pages?: PageCount[];
  losses?: Loss[];
}

/** Collects blocks under the heading they follow; the first top-level heading is the title. */
export function createOutline() {
  const scopes: Heading[][] = [];
  const blocks: Block[] = [];
  let open: Heading[] = [];
  let title: string | null = null;
  let kept = 0;
  /** True while the last heading has no text below it. */
  let isHeadingEmpty = false;
  const path = () => open.map(({ text }) => text);
  /** A heading without text becomes a block, because it may be a statement ("Closed on Mondays"). */
  const keepEmptyHeading = () => {
    const text = isHeadingEmpty ? open.pop()?.text : undefined;
    if (text !== undefined) blocks.push({ headings: path(), text });
    isHeadingEmpty = false;
  };
  const findDepth = (list = open) => list.at(-1)?.depth ?? 1;
  /** `added` is what the loader has added to the words, such as the address of a link. It does not count as kept text. */
  function addText(words: string, { header, added = "" }: { header?: string; added?: string } = {}): void {
    const text = normalizeText(words);
    if (text === "") return;
    const block = { headings: path(), text };
    blocks.push(header === undefined ? block : { ...block, header: normalizeText(header) });
    kept += countLetters(text) - countLetters(added);
    isHeadingEmpty = false;
  }
  function addHeading(depth: number, words: string, isTitle: boolean): void {
    const text = normalizeText(words).replaceAll("\n", " ");
    if (text === "") return;
    // A page of text that is marked as a heading. Headings are embedded with each of their chunks, which has a limit.
    if (text.length > MAX_HEADING || open.length === MAX_DEPTH) return addText(text);
    kept += countLetters(text);
    if (isTitle && title === null && open.length === 0) {
      title = text;
      return;
    }
    if ((open.at(-1)?.depth ?? 0) >= depth) keepEmptyHeading();
    while ((open.at(-1)?.depth ?? 0) >= depth) open.pop();
    open.push({ depth, text });
    isHeadingEmpty = true;
  }
  return {
    heading: (depth: number, words: string) => addHeading(depth, words, depth === 1),
    /** A heading below all that are open, such as the question of an accordion. */
    subheading: (words: string) => addHeading(findDepth() + 1, words, false),
    /** Like `subheading`, with a name that is no text of the file. */
    subheadingAdded(words: string): void {
      const before = kept;
      addHeading(findDepth() + 1, words, false);
      kept = before;
    },
    /** A heading that the file does not have, such as the number of a page. */
    pageHeading(text: string): void {
      addHeading(2, text, false);
      kept -= countLetters(text);
    },
    text: addText,
    countKept: () => kept,
    /** Headings that follow end with `closeScope`. In a scope of its own the headings above do not apply. */
    openScope(isOwn = false): void {
      if (isOwn) keepEmptyHeading();
      scopes.push(open);
      open = isOwn ? [] : [...open];
    },
    closeScope(): void {
      keepEmptyHeading();
      open = scopes.pop() ?? open;
    },
    finish({ visible, pages = [], losses = [] }: Counts = {}): ParsedDocument {
      keepEmptyHeading();
      return { title, blocks, count: { visible: visible ?? kept, kept }, pages, losses };
    },
  };
}

export type Outline = ReturnType<typeof createOutline>;
