import { isUtf8 } from "node:buffer";
import type { ParsedDocument } from "../document.ts";
import { parseHtml } from "./html.ts";
import { parseMarkdown } from "./markdown.ts";
import { parsePdf } from "./pdf.ts";
import { parsePlainText } from "./plain-text.ts";

/** A result and not an error, because an error loses its class between threads. */
export type ParseResult = { ok: true; parsed: ParsedDocument } | { ok: false; reason: string };

export interface ParseInput {
  /** In lower case, with its dot. */
  extension: string;
  bytes: Uint8Array;
}

/** Removes a byte order mark, unlike `Buffer.toString`. */
const utf8 = new TextDecoder("utf-8");
const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => ParsedDocument | Promise<ParsedDocument>>> =
  Object.freeze({
    ".md": (bytes) => parseMarkdown(decode(bytes)),
    ".txt": (bytes) => parsePlainText(decode(bytes)),
    ".html": (bytes) => parseHtml(decode(bytes)),
    ".htm": (bytes) => parseHtml(decode(bytes)),
    ".pdf": parsePdf,
  });

export const EXTENSIONS = Object.keys(PARSERS);

export async function parseDocument({ extension, bytes }: ParseInput): Promise<ParseResult> {
  try {
    const parsed = await PARSERS[extension]?.(bytes);
    return parsed === undefined
      ? { ok: false, reason: `is not one of ${EXTENSIONS.join(", ")}` }
      : { ok: true, parsed };
  } catch (error) {
    return { ok: false, reason: describeError(error) };
  }
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new UnsupportedText("is not UTF-8; save it as UTF-8");
  if (bytes.includes(0)) throw new UnsupportedText("contains NUL bytes, so it is not a text file");
  return utf8.decode(bytes);
}

class UnsupportedText extends Error {}

function describeError(error: unknown): string {
  if (error instanceof UnsupportedText) return error.message;
  const { name, message } = error instanceof Error ? error : { name: "", message: "unknown" };
  if (name === "PasswordException") return "is locked with a password; save a copy without one";
  return `cannot be read (${message})`;
}
