import { findDuplicates } from "./structure/duplicates.ts";
import { measureFolders } from "./structure/folders.ts";
import { measureFunctions } from "./structure/function-lengths.ts";
import { findImportCycles } from "./structure/import-cycles.ts";
import { findParticipleNames } from "./structure/participle-names.ts";
import { findTitleFragments } from "./structure/test-titles.ts";
import { isProduct, readMarkdown, readSources, type SourceFile } from "./source-files.ts";
import { findBannedWords, type WordFinding } from "./words/find-banned-words.ts";
import { readProse, readSourcePassages } from "./words/read-words.ts";

const MAX_LINES = 250;
const MAX_OWN_LINES = 60;
/** The list of banned words contains them. */
const WORD_LISTS = "test/check/words/";

/**
 * What the guards of `test/boundaries.test.ts` find in the tree, as text. `folder` narrows it to paths that start so, and lists every
 * finding instead of counts.
 */
export function writeReport(folder: string | undefined): void {
  const sources = readSources();
  const findings = findBannedWords([
    ...sources
      .filter(({ path }) => !path.startsWith(WORD_LISTS))
      .flatMap((source) => readSourcePassages(source)),
    ...readMarkdown().flatMap((page) => readProse(page)),
  ]);
  const isWanted = (place: string): boolean => folder === undefined || place.startsWith(folder);
  const wanted = findings.filter(({ path }) => isWanted(path));
  writeWords(wanted, folder !== undefined);
  writeStructure(sources, isWanted);
}

function writeWords(findings: readonly WordFinding[], isDetailed: boolean): void {
  writeLine(`Banned words: ${findings.length}`);
  if (isDetailed) {
    for (const { path, line, place, word, use, text } of findings) {
      writeLine(`  ${path}:${line} [${place}] "${word.trim()}" -> ${use} | ${text.slice(0, 160)}`);
    }
    return;
  }
  writeLine(formatRow(["folder", "names", "comments", "docs", "messages"]));
  const byFolder = Map.groupBy(
    findings,
    ({ path }) => path.split("/").slice(0, -1).slice(0, 3).join("/") || ".",
  );
  for (const [folder, found] of [...byFolder].toSorted(([a], [b]) => a.localeCompare(b))) {
    const counts = ["names", "comments", "docs", "messages"].map(
      (place) => found.filter((finding) => finding.place === place).length,
    );
    writeLine(formatRow([folder, ...counts.map(String)]));
  }
  const byWord = Map.groupBy(findings, ({ word }) => word.toLowerCase().slice(0, 20));
  const words = [...byWord].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 40);
  writeLine(`  most often: ${words.map(([word, found]) => `${word} ${found.length}`).join(", ")}`);
}

function writeStructure(sources: readonly SourceFile[], isWanted: (place: string) => boolean): void {
  const product = sources.filter(({ path }) => isProduct(path));
  const folders = measureFolders(sources.map(({ path }) => path)).filter(({ folder }) => isWanted(folder));
  writeList(
    "Largest folders",
    folders.slice(0, 8).map(({ folder, files }) => `${folder}: ${files} files`),
  );
  for (const [name, files] of [
    ["the product", product],
    ["all", sources],
  ] as const) {
    const cycles = findImportCycles(files).filter((members) => members.some((path) => isWanted(path)));
    writeList(
      `Import cycles in ${name} (type imports count)`,
      cycles.map((members) => members.join(" <-> ")),
    );
  }
  const long = sources.filter(({ path, text }) => isWanted(path) && text.split("\n").length - 1 > MAX_LINES);
  writeList(
    `Files over ${MAX_LINES} lines`,
    long.map(({ path, text }) => `${path}: ${text.split("\n").length - 1}`),
  );
  const functions = sources.flatMap((source) => measureFunctions(source));
  writeList(
    `Functions over ${MAX_OWN_LINES} own lines`,
    functions
      .filter(({ place, ownLines }) => ownLines > MAX_OWN_LINES && isWanted(place))
      .map(({ place, ownLines }) => `${place}: ${ownLines}`),
  );
  writeList(
    "Functions that are named by a participle",
    sources.flatMap((source) => findParticipleNames(source)).filter((place) => isWanted(place)),
  );
  const duplicates = findDuplicates(product).filter((pair) => isWanted(pair.first) || isWanted(pair.second));
  writeList(
    "Duplicated blocks of six or more lines in the product",
    duplicates.map(({ first, second, lines }) => `${first} ~ ${second}: ${lines} lines`),
  );
  const tests = sources.filter(({ path }) => path.endsWith(".test.ts") && isWanted(path));
  writeList(
    "Test titles that are fragments",
    tests.flatMap((source) => findTitleFragments(source)),
  );
}

function writeList(title: string, items: readonly string[]): void {
  writeLine("", `${title}: ${items.length}`, ...items.map((item) => `  ${item}`));
}

function formatRow([folder = "", ...counts]: readonly string[]): string {
  return `  ${folder.padEnd(36)}${counts.map((count) => count.padStart(10)).join("")}`;
}

function writeLine(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
