import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { isUnwanted, type LoadedDocument, type Loss, type TextReport } from "./document.ts";
import { describeUnsupported, isExtension, LOADER_VERSION } from "./loaders/formats.ts";
import { createDocumentParser } from "./loaders/parse-in-thread.ts";

/** A larger file is a book, which its owner should split by subject. */
const MAX_BYTES = 20 * 1024 * 1024;

/** A title is embedded with each chunk. */
const MAX_TITLE = 300;

export interface SkippedFile {
  path: string;
  /** The rule and the fix. */
  reason: string;
}

export type ReadDocument = LoadedDocument & TextReport;

type OnSkip = (file: SkippedFile) => void;

/** Every readable document below a folder, in the order of paths. A file that cannot be loaded is reported and skipped. */
export async function* loadDocuments(folder: string, onSkip: OnSkip): AsyncIterable<ReadDocument> {
  const root = await realpath(folder);
  const nameOf = (path: string) => relative(root, path).split(sep).join("/");
  const skip = (path: string, error: unknown) => onSkip({ path: nameOf(path), reason: describeError(error) });
  const parser = createDocumentParser();
  try {
    for (const path of (await listFiles(root, skip)).toSorted()) {
      try {
        yield await loadDocument(parser, { root, path, name: nameOf(path) });
      } catch (error) {
        skip(path, error);
      }
    }
  } finally {
    await parser.close();
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
  parser: Pick<ReturnType<typeof createDocumentParser>, "parse">,
  { root, path, name }: { root: string; path: string; name: string },
): Promise<ReadDocument> {
  if (!(await realpath(path)).startsWith(root + sep))
    throw new UnsupportedFile("is a link that leads out of the folder");
  const found = await stat(path);
  if (found.isDirectory())
    throw new UnsupportedFile("is a link to a folder; links to folders are not followed");
  // A read of a pipe or a device may never return.
  if (!found.isFile()) throw new UnsupportedFile("is not a regular file");
  const extension = extname(path).toLowerCase();
  if (!isExtension(extension)) throw new UnsupportedFile(describeUnsupported(extension));
  if (found.size > MAX_BYTES) throw new UnsupportedFile("is larger than 20 MB; split it");
  const bytes = await readFile(path);
  const result = await parser.parse({ extension, bytes });
  if (!result.ok) throw new UnsupportedFile(result.reason);
  const { title, blocks, count, pages, losses } = result.parsed;
  if (blocks.length === 0 && count.kept === 0) throw new UnsupportedFile(describeEmpty(found.size, losses));
  const ownTitle = title ?? basename(name, extname(name)).replace(/[-_]+/g, " ");
  return {
    path: name,
    sha256: hashSource(bytes),
    title: ownTitle.slice(0, MAX_TITLE).toWellFormed(),
    // A page with nothing but a title: the title is its text.
    blocks: blocks.length > 0 ? blocks : [{ headings: [], text: ownTitle }],
    count,
    pages,
    losses,
  };
}

/** Changes with the loaders too, so that a file is read again after its loader was corrected. */
function hashSource(bytes: Uint8Array): string {
  return createHash("sha256").update(`${LOADER_VERSION}\n`).update(bytes).digest("hex");
}

function describeEmpty(size: number, losses: readonly Loss[]): string {
  if (size === 0) return "is empty";
  const reasons = losses.filter(isUnwanted).map(({ what, fix }) => `${what}: ${fix}`);
  return ["contains no text", ...reasons].join("; ");
}

class UnsupportedFile extends Error {}

function describeError(error: unknown): string {
  if (error instanceof UnsupportedFile) return error.message;
  return `cannot be read (${error instanceof Error ? error.message : "unknown"})`;
}
