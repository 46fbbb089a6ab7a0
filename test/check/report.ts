import { findStructure, findWords, type StructureFindings } from "./findings.ts";
import { readMarkdown, readSources } from "./source-files.ts";
import type { WordFinding } from "./words/find-banned-words.ts";

const PLACES = ["names", "comments", "docs", "messages"];
const FOLDERS_SHOWN = 8;
const TITLES: Readonly<Record<keyof StructureFindings, string>> = {
  largestFolders: "Largest folders",
  productCycles: "Import cycles in the product (type imports count)",
  allCycles: "Import cycles in all (type imports count)",
  longFiles: "Files over 250 lines",
  longFunctions: "Functions over 60 own lines",
  participleNames: "Functions that are named by a participle",
  duplicates: "Duplicated blocks of six or more lines in the product",
  swallowedErrors: "Handlers that drop an error without a reason",
  titleFragments: "Test titles that are fragments",
};

/** Writes what `test/boundaries.test.ts` checks. A folder narrows it to paths that start so, and lists every banned word. */
export function writeReport(folder: string | undefined): void {
  const sources = readSources();
  const words = findWords(sources, readMarkdown());
  if (folder === undefined) writeWordCounts(words);
  else writeWords(words.filter(({ path }) => path.startsWith(folder)));
  const structure = findStructure(sources);
  for (const [name, title] of Object.entries(TITLES) as [keyof StructureFindings, string][]) {
    const found = structure[name].filter((item) => item.includes(folder ?? ""));
    writeList(title, name === "largestFolders" ? found.slice(0, FOLDERS_SHOWN) : found);
  }
}

function writeWords(findings: readonly WordFinding[]): void {
  writeList(
    "Banned words",
    findings.map(
      ({ path, line, place, word, use, text }) =>
        `${path}:${line} [${place}] "${word.trim()}" -> ${use} | ${text.slice(0, 160)}`,
    ),
  );
}

function writeWordCounts(findings: readonly WordFinding[]): void {
  writeLine(`Banned words: ${findings.length}`, formatRow(["folder", ...PLACES]));
  const byFolder = Map.groupBy(
    findings,
    ({ path }) => path.split("/").slice(0, -1).slice(0, 3).join("/") || ".",
  );
  for (const [folder, found] of [...byFolder].toSorted(([a], [b]) => a.localeCompare(b))) {
    const counts = PLACES.map((place) => found.filter((finding) => finding.place === place).length);
    writeLine(formatRow([folder, ...counts.map(String)]));
  }
  const byWord = Map.groupBy(findings, ({ word }) => word.toLowerCase().slice(0, 20));
  const words = [...byWord].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 40);
  writeLine(`  most often: ${words.map(([word, found]) => `${word} ${found.length}`).join(", ")}`);
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
