import { createRequire } from "node:module";
import { dirname } from "node:path";
import { getDocumentProxy } from "unpdf";
import { countLetters, type PageCount, type ParsedDocument } from "../../document.ts";
import { createOutline, type Outline } from "../outline.ts";
import { addTable } from "../table-text.ts";
import { createScanCheck } from "./check-scan.ts";
import { joinLines } from "./join-lines.ts";
import { readPageItems } from "./page-items.ts";
import { orderRows } from "./page-layout.ts";
import { findPdfLosses, type SeenPage } from "./pdf-losses.ts";
import { type PageBlock, toBlocks } from "./region-blocks.ts";

/** Tables of Asian encodings and of the standard fonts. The library reads them by path; its own default is a URL, which it cannot open. */
const TABLES = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
const OPTIONS = {
  /** Errors only: the library writes warnings to stdout, which is for the output of a command. */
  verbosity: 0,
  cMapUrl: `${TABLES}/cmaps/`,
  cMapPacked: true,
  standardFontDataUrl: `${TABLES}/standard_fonts/`,
};

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

interface ReadPage extends SeenPage {
  blocks: PageBlock[];
  added: string[];
}

/** Text by page, because a PDF does not mark its headings. Throws for a broken or locked file. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes), OPTIONS);
  try {
    const pages = await readPages(pdf);
    const words = collectWords(pages);
    const outline = createOutline();
    const counts = pages.map((page) => addPage(outline, page, { words, isOnly: pages.length === 1 }));
    const { visible, losses } = findPdfLosses(pages);
    const { info } = await pdf.getMetadata();
    const parsed = outline.finish({ visible, losses, pages: counts });
    return { ...parsed, title: cleanTitle((info as { Title?: unknown }).Title) };
  } finally {
    await pdf.cleanup();
  }
}

async function readPages(pdf: Pdf): Promise<ReadPage[]> {
  const isScan = createScanCheck();
  const pages: ReadPage[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items, turned, added, unreadable } = await readPageItems(page);
    const blocks = orderRows(items).flatMap(toBlocks);
    for (const text of turned) blocks.push({ kind: "lines", lines: [text] });
    const letters = [...items.map(({ text }) => text), ...turned].reduce(
      (sum, text) => sum + countLetters(text),
      0,
    );
    const visible = letters - countLetters(added.join(" "));
    pages.push({ number, blocks, added, visible, unreadable, isScan: await isScan(page, visible) });
    page.cleanup();
  }
  return pages;
}

function addPage(
  outline: Outline,
  { number, blocks, added, visible, unreadable }: ReadPage,
  { words, isOnly }: { words: ReadonlySet<string>; isOnly: boolean },
): PageCount {
  const before = outline.countKept();
  // A heading without text below it would become the only text of a scanned page.
  if (!isOnly && blocks.length > 0) outline.pageHeading(`Page ${number}`);
  let addresses = added.join(" ");
  for (const block of blocks) {
    const add = (text: string, header?: string) => {
      outline.text(text, { added: addresses, ...(header === undefined ? {} : { header }) });
      addresses = "";
    };
    if (block.kind === "table") addTable(block.rows, { add });
    else add(joinLines(block.lines, words));
  }
  return { name: `page ${number}`, visible: visible + unreadable, kept: outline.countKept() - before };
}

/** The words of all pages, which show whether a hyphen at the end of a line belongs to its word. */
function collectWords(pages: readonly ReadPage[]): ReadonlySet<string> {
  const words = new Set<string>();
  for (const { blocks } of pages)
    for (const block of blocks)
      for (const line of block.kind === "lines" ? block.lines : block.rows.flat())
        for (const [word] of line.matchAll(/[\p{L}\p{M}]+(?:-[\p{L}\p{M}]+)*(?!-$)/gu))
          words.add(word.toLowerCase());
  return words;
}

/** Programs write the name of the file, or a word of their own, into the title. */
function cleanTitle(title: unknown): string | null {
  if (typeof title !== "string") return null;
  const name = title
    .trim()
    .replace(/^(?:Microsoft (?:Word|PowerPoint|Excel)|Word|PowerPoint) - /i, "")
    .replace(/\.(?:docx?|pptx?|xlsx?|odt|rtf|indd|pdf|txt|html?)$/i, "");
  const isGeneric =
    /^\(?(?:untitled|anonymous|unnamed|unbenannt|sans titre|document|dokument|presentation|powerpoint presentation|slide|book|mappe|title|print)?\)?[\s\d]*$/i;
  return isGeneric.test(name) ? null : name;
}
