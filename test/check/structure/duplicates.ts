import { lineAt, type SourceFile } from "../source-files.ts";

const SHORTEST_RUN = 6;

export interface Duplicate {
  first: string;
  second: string;
  lines: number;
}

interface Line {
  text: string;
  number: number;
}

interface ComparedFile {
  path: string;
  lines: Line[];
}

interface Place {
  file: ComparedFile;
  at: number;
}

/** Pairs of places that share six or more equal lines in a row. Comments, imports, blank lines and lone punctuation are skipped. */
export function findDuplicates(sources: readonly SourceFile[]): Duplicate[] {
  const places = sources
    .map((source) => ({ path: source.path, lines: listComparableLines(source) }))
    .flatMap((file) => file.lines.slice(SHORTEST_RUN - 1).map((_, at) => ({ file, at })));
  return [...Map.groupBy(places, ({ file, at }) => readRun(file.lines, at)).values()]
    .flatMap((equal) =>
      equal.flatMap((first, i) => equal.slice(i + 1).map((second) => [first, second] as const)),
    )
    .flatMap(([first, second]) => comparePlaces(first, second) ?? [])
    .toSorted((a, b) => b.lines - a.lines);
}

function comparePlaces(first: Place, second: Place): Duplicate | null {
  // A run that starts earlier contains this one.
  if (isEqualBefore(first, second)) return null;
  const lines = countEqual(first, second);
  const overlaps = first.file === second.file && second.at - first.at < lines;
  return overlaps ? null : { first: formatPlace(first), second: formatPlace(second), lines };
}

function listComparableLines({ text, comments, module }: SourceFile): Line[] {
  const skipped = new Set<number>();
  const imports = module.staticImports.map(({ start, end }) => ({ start, end }));
  for (const { start, end } of [...comments, ...imports]) {
    const last = lineAt(text, end);
    for (let line = lineAt(text, start); line <= last; line += 1) {
      if (isOnlyThis(text, { start, end }, line)) skipped.add(line);
    }
  }
  return text
    .split("\n")
    .map((line, index) => ({ text: line.trim().replaceAll(/\s+/g, " "), number: index + 1 }))
    .filter((line) => !skipped.has(line.number) && /\w/.test(line.text));
}

/** False for the first line of a comment that follows code on the same line. */
function isOnlyThis(text: string, range: { start: number; end: number }, line: number): boolean {
  const first = lineAt(text, range.start);
  if (line !== first) return true;
  const lineStart = text.lastIndexOf("\n", range.start - 1) + 1;
  return text.slice(lineStart, range.start).trim() === "";
}

function readRun(lines: readonly Line[], at: number): string {
  return lines
    .slice(at, at + SHORTEST_RUN)
    .map((line) => line.text)
    .join("\n");
}

function isEqualBefore(a: Place, b: Place): boolean {
  const before = a.file.lines[a.at - 1];
  return before !== undefined && before.text === b.file.lines[b.at - 1]?.text;
}

function countEqual(a: Place, b: Place): number {
  let count = 0;
  for (;;) {
    const line = a.file.lines[a.at + count];
    if (line === undefined || line.text !== b.file.lines[b.at + count]?.text) return count;
    count += 1;
  }
}

function formatPlace({ file, at }: Place): string {
  return `${file.path}:${file.lines[at]?.number ?? 0}`;
}
