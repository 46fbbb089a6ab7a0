import type { ParsedDocument } from "../document.ts";
import { parseCsv } from "./csv.ts";
import { decodeText } from "./decode-text.ts";
import { parseHtml } from "./html/parse-html.ts";
import { parseJson, parseJsonLines } from "./json.ts";
import { parseMarkdown } from "./markdown.ts";
import { parseDocx } from "./office/parse-docx.ts";
import { parsePptx } from "./office/parse-pptx.ts";
import { parseXlsx } from "./office/parse-xlsx.ts";
import { parsePdf } from "./pdf/parse-pdf.ts";
import { parsePlainText } from "./plain-text.ts";

type Parser = (bytes: Uint8Array) => ParsedDocument | Promise<ParsedDocument>;

/** Raise it when a loader gives another text for the same file, so that unchanged files are read again. A test compares the texts. */
export const LOADER_VERSION = 2;

const text = (parse: (source: string) => ParsedDocument): Parser => (bytes) => parse(decodeText(bytes));

/** The loader of each extension. */
export const PARSERS: Readonly<Record<string, Parser>> = Object.freeze({
  ".md": text(parseMarkdown),
  ".mdx": text(parseMarkdown),
  ".markdown": text(parseMarkdown),
  ".txt": text(parsePlainText),
  ".html": text(parseHtml),
  ".htm": text(parseHtml),
  ".xhtml": text(parseHtml),
  ".csv": text(parseCsv),
  ".tsv": text(parseCsv),
  ".json": text(parseJson),
  ".jsonl": text(parseJsonLines),
  ".ndjson": text(parseJsonLines),
  ".pdf": parsePdf,
  ".docx": parseDocx,
  ".docm": parseDocx,
  ".pptx": parsePptx,
  ".pptm": parsePptx,
  ".xlsx": parseXlsx,
  ".xlsm": parseXlsx,
});

export const EXTENSIONS = Object.keys(PARSERS);

/** What to do with a file of another program. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  ".doc": ".docx",
  ".odt": ".docx",
  ".rtf": ".docx",
  ".pages": ".docx",
  ".ppt": ".pptx",
  ".odp": ".pptx",
  ".key": ".pptx",
  ".xls": ".xlsx",
  ".ods": ".xlsx",
  ".numbers": ".xlsx",
  ".epub": ".html",
  ".mhtml": ".html",
};

export function describeUnsupported(extension: string): string {
  const target = CONVERSIONS[extension];
  if (target !== undefined) return `is a ${extension} file; save it as ${target}`;
  return `is not one of ${EXTENSIONS.join(", ")}`;
}
