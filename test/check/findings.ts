import { findDuplicates } from "./structure/duplicates.ts";
import { measureFolders } from "./structure/folders.ts";
import { measureFunctions } from "./structure/function-lengths.ts";
import { findImportCycles } from "./structure/import-cycles.ts";
import { findParticipleNames } from "./structure/participle-names.ts";
import { findSwallowedErrors } from "./structure/swallowed-errors.ts";
import { findTitleFragments } from "./structure/test-titles.ts";
import { isProduct, type MarkdownFile, type SourceFile } from "./source-files.ts";
import { findBannedWords, type WordFinding } from "./words/find-banned-words.ts";
import { readProse, readSourcePassages } from "./words/read-words.ts";

const MAX_LINES = 250;
const MAX_OWN_LINES = 60;
/** The list of banned words contains them, and contacts write as they like. */
const WORD_LISTS = [
  "test/check/words/",
  "api/consent/consent-words.ts",
  "api/consent/stop-words.ts",
  "api/consent/free-form/languages/",
];

/** Each list names a place and what is wrong there. */
export interface StructureFindings {
  largestFolders: string[];
  productCycles: string[];
  allCycles: string[];
  longFiles: string[];
  longFunctions: string[];
  participleNames: string[];
  duplicates: string[];
  swallowedErrors: string[];
  titleFragments: string[];
}

export function findWords(sources: readonly SourceFile[], pages: readonly MarkdownFile[]): WordFinding[] {
  const checked = sources.filter(({ path }) => !WORD_LISTS.some((list) => path.startsWith(list)));
  return findBannedWords([
    ...checked.flatMap((source) => readSourcePassages(source)),
    ...pages.flatMap((page) => readProse(page)),
  ]);
}

export function findStructure(sources: readonly SourceFile[]): StructureFindings {
  const product = sources.filter(({ path }) => isProduct(path));
  const tests = sources.filter(({ path }) => path.endsWith(".test.ts"));
  return {
    largestFolders: measureFolders(sources.map(({ path }) => path)).map(
      ({ folder, files }) => `${folder}: ${files} files`,
    ),
    productCycles: listCycles(product),
    allCycles: listCycles(sources),
    longFiles: sources
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines`),
    longFunctions: sources
      .flatMap((source) => measureFunctions(source))
      .filter(({ ownLines }) => ownLines > MAX_OWN_LINES)
      .map(({ place, ownLines }) => `${place}: ${ownLines} own lines`),
    participleNames: sources.flatMap((source) => findParticipleNames(source)),
    duplicates: findDuplicates(product).map(
      ({ first, second, lines }) => `${first} ~ ${second}: ${lines} lines`,
    ),
    swallowedErrors: product
      .filter(({ path }) => hasOperator(path))
      .flatMap((source) => findSwallowedErrors(source)),
    titleFragments: tests.flatMap((source) => findTitleFragments(source)),
  };
}

/** The sandbox and the demo run on a developer's machine, and the widget runs in a browser. */
function hasOperator(path: string): boolean {
  return !["infra/sandbox/", "infra/cli/demo/", "api/web/widget/"].some((room) => path.startsWith(room));
}

function listCycles(sources: readonly SourceFile[]): string[] {
  return findImportCycles(sources).map((members) => members.join(" <-> "));
}
