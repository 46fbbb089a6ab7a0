import type { ParsedDocument } from "../document.ts";
import { parseCsv } from "./csv.ts";
import { decodeText } from "./decode-text.ts";
import type { Extension } from "./formats.ts";
import { parseHtml } from "./html/parse-html.ts";
import { parseJson, parseJsonLines } from "./json.ts";
import { parseMarkdown } from "./markdown.ts";
import { parseDocx } from "./office/parse-docx.ts";
import { parsePptx } from "./office/parse-pptx.ts";
import { parseXlsx } from "./office/parse-xlsx.ts";
import { parsePdf } from "./pdf/parse-pdf.ts";
import { parsePlainText } from "./plain-text.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** A result and not an error, because an error loses its class between threads. */
export type ParseResult = { ok: true; parsed: ParsedDocument } | { ok: false; reason: string };

export interface ParseInput {
  extension: Extension;
  bytes: Uint8Array;
}

type Parser = (bytes: Uint8Array) => ParsedDocument | Promise<ParsedDocument>;

const ofText =
  (parse: (source: string) => ParsedDocument): Parser =>
  (bytes) =>
    parse(decodeText(bytes));

const PARSERS: Readonly<Record<Extension, Parser>> = Object.freeze({
  ".md": ofText(parseMarkdown),
  ".mdx": ofText(parseMarkdown),
  ".markdown": ofText(parseMarkdown),
  ".txt": ofText(parsePlainText),
  ".html": ofText(parseHtml),
  ".htm": ofText(parseHtml),
  ".xhtml": ofText(parseHtml),
  ".csv": ofText(parseCsv),
  ".tsv": ofText(parseCsv),
  ".json": ofText(parseJson),
  ".jsonl": ofText(parseJsonLines),
  ".ndjson": ofText(parseJsonLines),
  ".pdf": parsePdf,
  ".docx": parseDocx,
  ".docm": parseDocx,
  ".pptx": parsePptx,
  ".pptm": parsePptx,
  ".xlsx": parseXlsx,
  ".xlsm": parseXlsx,
});

export async function parseDocument({ extension, bytes }: ParseInput): Promise<ParseResult> {
  try {
    return { ok: true, parsed: await PARSERS[extension](bytes) };
  } catch (error) {
    return { ok: false, reason: describeError(error) };
  }
}

function describeError(error: unknown): string {
  if (error instanceof UnreadableFile) return error.message;
  const { name, message } = error instanceof Error ? error : { name: "", message: "unknown" };
  if (name === "PasswordException") return "is locked with a password; save a copy without one";
  return `cannot be read (${message})`;
}
