/** A paragraph, list or table under its headings. */
export interface Block {
  /** The headings above it, outermost first, without the document's title. */
  headings: string[];
  text: string;
  /** The header row of a table, which each of its chunks begins with. */
  header?: string;
}

/** Letters and digits, because marks, spaces and line ends change with every format. */
export interface TextCount {
  /** Those that a reader of the file sees. Navigation, scripts and hidden elements do not count. */
  visible: number;
  /** Those that are in the title, the headings and the blocks. */
  kept: number;
}

/** Text of a file that its loader could not keep, or left out on purpose. */
export interface Loss {
  /** A statement with the place, such as "pages 2 to 10 hold no text". */
  what: string;
  /** What the owner of the file can do. */
  fix: string;
  /** True for text that a reader does not see, such as speaker notes. It does not count as lost. */
  isOnPurpose?: boolean;
}

/** The count of one page, slide or sheet. */
export interface PageCount extends TextCount {
  name: string;
}

/** The input of the chunker. */
export interface LoadedDocument {
  /** Relative to the loaded folder, with forward slashes. It identifies the document in later loads. */
  path: string;
  /** Hash of the loaders' version and the file's bytes, hexadecimal. */
  sha256: string;
  title: string;
  blocks: Block[];
}

/** The output of a loader. */
export interface ParsedDocument {
  title: string | null;
  blocks: Block[];
  count: TextCount;
  /** Empty for a format without pages. */
  pages: PageCount[];
  losses: Loss[];
}

/** What became of a file's text. */
export interface TextReport extends Pick<ParsedDocument, "count" | "pages" | "losses"> {
  path: string;
}

/** The part of the visible text that was kept, from 0 to 1. */
export function computeShare({ visible, kept }: TextCount): number {
  return visible === 0 ? 1 : Math.min(1, kept / visible);
}

export function countLetters(text: string): number {
  return text.replace(/[^\p{L}\p{N}]+/gu, "").length;
}

/** True for a loss of text that a reader sees. */
export function isUnwanted({ isOnPurpose }: Loss): boolean {
  return isOnPurpose !== true;
}
