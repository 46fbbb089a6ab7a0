import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, type Comment, type EcmaScriptModule, type Program } from "oxc-parser";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ROOMS = ["workflows", "activities", "api", "db", "infra", "test"];
/** Text that customers, vendors or models write: the house's words do not apply to it. */
const DATA_FOLDERS = ["infra/sandbox/sample/", "db/migrations/", "test/replay/histories/"];

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
  program: Program;
  comments: Comment[];
  module: EcmaScriptModule;
}

export interface MarkdownFile {
  path: string;
  text: string;
}

/** Every source file of the repository, parsed. */
export function readSources(): SourceFile[] {
  return ROOMS.flatMap((room) => listFiles(room))
    .filter((path) => /\.(ts|js)$/.test(path))
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), "utf8")));
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  return { path, text, program, comments, module };
}

export function readMarkdown(): MarkdownFile[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const below = ["docs", ...ROOMS].flatMap((room) => listFiles(room)).filter((path) => path.endsWith(".md"));
  return [...atRoot, ...below].map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

export function isProduct(path: string): boolean {
  return !path.startsWith("test/");
}

/** One-based line of an offset in the text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function listFiles(folder: string): string[] {
  return (
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll("\\", "/"))
      // The engines that a benchmark compares have packages of their own.
      .filter(
        (path) => !path.includes("/node_modules/") && !DATA_FOLDERS.some((data) => path.startsWith(data)),
      )
      .toSorted()
  );
}
