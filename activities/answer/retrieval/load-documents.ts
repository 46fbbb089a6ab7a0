import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import type { LoadedDocument, ParsedDocument } from "./document.ts";
import { parseHtml } from "./loaders/html.ts";
import { parseMarkdown } from "./loaders/markdown.ts";
import { parsePdf } from "./loaders/pdf.ts";
import { parsePlainText } from "./loaders/plain-text.ts";

/** A larger file is a book, which its owner should split by subject. */
const MAX_BYTES = 20 * 1024 * 1024;

/** A title is embedded with each chunk. */
const MAX_TITLE = 300;

/** Removes a byte order mark, unlike `Buffer.toString`. */
const utf8 = new TextDecoder("utf-8");
const PARSERS: Readonly<Record<string, (bytes: Buffer) => ParsedDocument | Promise<ParsedDocument>>> =
  Object.freeze({
    ".md": (bytes) => parseMarkdown(decode(bytes)),
    ".txt": (bytes) => parsePlainText(decode(bytes)),
    ".html": (bytes) => parseHtml(decode(bytes)),
    ".htm": (bytes) => parseHtml(decode(bytes)),
    ".pdf": parsePdf,
  });

export interface SkippedFile {
  path: string;
  /** The rule and the fix. */
  reason: string;
}

type OnSkip = (file: SkippedFile) => void;

/** Every readable document below a folder, in the order of paths. A file that cannot be loaded is reported and skipped. */
export async function* loadDocuments(folder: string, onSkip: OnSkip): AsyncIterable<LoadedDocument> {
  const root = await realpath(folder);
  const nameOf = (path: string) => relative(root, path).split(sep).join("/");
  const skip = (path: string, error: unknown) => onSkip({ path: nameOf(path), reason: describeError(error) });
  for (const path of (await listFiles(root, skip)).toSorted()) {
    try {
      yield await loadDocument(root, { path, name: nameOf(path) });
    } catch (error) {
      skip(path, error);
    }
  }
}

/** Hidden files and folders are skipped without a report; a folder that cannot be listed is reported. */
async function listFiles(folder: string, skip: (path: string, error: unknown) => void): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith("."));
    const found = visible.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? await listFiles(path, skip) : [path];
    });
    return (await Promise.all(found)).flat();
  } catch (error) {
    skip(folder, error);
    return [];
  }
}

async function loadDocument(
  root: string,
  { path, name }: { path: string; name: string },
): Promise<LoadedDocument> {
  if (!(await realpath(path)).startsWith(root + sep))
    throw new UnsupportedFile("is a link that leads out of the folder");
  const found = await stat(path);
  if (found.isDirectory())
    throw new UnsupportedFile("is a link to a folder; links to folders are not followed");
  // A read of a pipe or a device may never return.
  if (!found.isFile()) throw new UnsupportedFile("is not a regular file");
  const parse = PARSERS[extname(path).toLowerCase()];
  if (parse === undefined) throw new UnsupportedFile(`is not one of ${Object.keys(PARSERS).join(", ")}`);
  if (found.size > MAX_BYTES) throw new UnsupportedFile("is larger than 20 MB; split it");
  const bytes = await readFile(path);
  const { title, blocks } = await parse(bytes);
  if (blocks.length === 0)
    throw new UnsupportedFile(found.size === 0 ? "is empty" : "contains no text (run OCR on a scan first)");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const ownTitle = title ?? basename(name, extname(name)).replace(/[-_]+/g, " ");
  return { path: name, sha256, title: ownTitle.slice(0, MAX_TITLE).toWellFormed(), blocks };
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UnsupportedFile("is not UTF-8; save it as UTF-8");
  if (bytes.includes(0)) throw new UnsupportedFile("contains NUL bytes, so it is not a text file");
  return utf8.decode(bytes);
}

class UnsupportedFile extends Error {}

function describeError(error: unknown): string {
  if (error instanceof UnsupportedFile) return error.message;
  const { name, message } = error instanceof Error ? error : { name: "", message: "unknown" };
  if (name === "PasswordException") return "is locked with a password; save a copy without one";
  return `cannot be read (${message})`;
}
