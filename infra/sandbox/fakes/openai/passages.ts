export interface Passage {
  title: string;
  /** In reading order, without list marks. */
  sentences: string[];
}

const BLOCK = /<passage-([0-9a-f]{8,})\s([^>]*)>([\s\S]*?)<\/passage-\1>/g;
const SEGMENTER = new Intl.Segmenter("en", { granularity: "sentence" });
/** List marks, headings and quotes at the beginning of a line. */
const LINE_MARK = /^\s*(?:[-*+>#]+|\d+[.)])\s+/;

/** Parses the `<passage-DELIMITER id="…" title="…">` blocks of the quoted documents. */
export function parsePassages(documents: string): Passage[] {
  return [...documents.matchAll(BLOCK)].map(([, , attributes = "", text = ""]) => ({
    title: decodeAttribute(/title="([^"]*)"/.exec(attributes)?.[1] ?? ""),
    sentences: text.split(/\n+/).flatMap(sentencesOf),
  }));
}

function sentencesOf(line: string): string[] {
  return Array.from(SEGMENTER.segment(line.replace(LINE_MARK, "")), ({ segment }) => segment.trim()).filter(
    (sentence) => sentence !== "",
  );
}

function decodeAttribute(attribute: string): string {
  return attribute
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
