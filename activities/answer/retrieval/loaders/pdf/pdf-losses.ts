import type { Loss } from "../../document.ts";

export interface SeenPage {
  number: number;
  /** Letters of its texts. */
  visible: number;
  /** Characters without a letter. */
  unreadable: number;
  isScan: boolean;
}

/** Letters of a page of running text, for a file that has none to compare with. */
const USUAL_PAGE = 1_500;

/** What the pages hold besides readable text. A scanned page counts like an average page of the file. */
export function findPdfLosses(pages: readonly SeenPage[]): { visible: number; losses: Loss[] } {
  const scans = pages.filter(({ isScan }) => isScan);
  const unreadable = pages.filter((page) => page.unreadable > 0);
  const read = pages.filter(({ isScan, visible }) => !isScan && visible > 0);
  const sum = pages.reduce((all, page) => all + page.visible + page.unreadable, 0);
  const average =
    read.length === 0 ? USUAL_PAGE : read.reduce((all, { visible }) => all + visible, 0) / read.length;
  const losses: Loss[] = [];
  if (scans.length > 0)
    losses.push({
      what: `${listPages(scans)} ${scans.length === 1 ? "holds" : "hold"} no text`,
      fix: "run OCR on the file, for example with ocrmypdf",
    });
  if (unreadable.length > 0)
    losses.push({
      what: `a font on ${listPages(unreadable)} has no table of its letters`,
      fix: "export the PDF again with its fonts, or run OCR on it",
    });
  return { visible: Math.round(sum + average * scans.length), losses };
}

/** "pages 2 to 10 and 12". */
function listPages(pages: readonly SeenPage[]): string {
  const ranges: [number, number][] = [];
  for (const { number } of pages) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const names = ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const all = [names.slice(0, -1).join(", "), names.at(-1)].filter((name) => name !== "").join(" and ");
  return `${pages.length === 1 ? "page" : "pages"} ${all}`;
}
