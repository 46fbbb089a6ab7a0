import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import type { LoadedDocument, ParsedDocument } from "./document.ts";
import { parseHtml } from "./loaders/html.ts";
import { parseMarkdown } from "./loaders/markdown.ts";
import { parsePdf } from "./loaders/pdf.ts";
import { parsePlainText } from "./loaders/plain-text.ts";

/** Larger files are books, and belong split by whoever knows them. */
const MAX_BYTES = 20 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const PARSERS: Readonly<Record<string, (bytes: Buffer) => ParsedDocument | Promise<ParsedDocument>>> = Object.freeze({
  ".md": (bytes) => parseMarkdown(utf8.decode(bytes)),
  ".txt": (bytes) => parsePlainText(utf8.decode(bytes)),
  ".html": (bytes) => parseHtml(utf8.decode(bytes)),
  ".htm": (bytes) => parseHtml(utf8.decode(bytes)),
  ".pdf": parsePdf,
});

export interface SkippedFile {
  path: string;
  /** Why, and what would be right. */
  reason: string;
}

/** Every readable document below a folder, in the order of paths. A file that cannot be taken is reported and left out. */
export async function* loadDocuments(folder: string, onSkip: (file: SkippedFile) => void): AsyncIterable<LoadedDocument> {
  const root = await realpath(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.toSorted()) {
    const name = relative(root, path).split(sep).join("/");
    if (name.split("/").some((part) => part.startsWith("."))) continue;
    try {
      yield await loadDocument(root, { path, name });
    } catch (error) {
      onSkip({ path: name, reason: reasonOf(error) });
    }
  }
}

async function loadDocument(root: string, { path, name }: { path: string; name: string }): Promise<LoadedDocument> {
  const parse = PARSERS[extname(path).toLowerCase()];
  if (parse === undefined) throw new Unfit(`is not one of ${Object.keys(PARSERS).join(", ")}`);
  if (!(await realpath(path)).startsWith(root + sep)) throw new Unfit("is a link that leads out of the folder");
  if ((await stat(path)).size > MAX_BYTES) throw new Unfit("is larger than 20 MB; split it");
  const bytes = await readFile(path);
  const { title, blocks } = await parse(bytes);
  if (blocks.length === 0) throw new Unfit("holds no text");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { path: name, sha256, title: title ?? basename(name, extname(name)).replace(/[-_]+/g, " "), blocks };
}

class Unfit extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof Unfit) return error.message;
  if (error instanceof TypeError) return "is not UTF-8; save it as UTF-8";
  return `cannot be read (${error instanceof Error ? error.message : "unknown"})`;
}
