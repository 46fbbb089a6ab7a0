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

/** Pairs of places that share six or more equal lines in a row. Comments, imports, blank lines and lone punctuation are skipped. */
export function findDuplicates(sources: readonly SourceFile[]): Duplicate[] {
  const files = sources.map((source) => ({ path: source.path, lines: listComparableLines(source) }));
  const places = new Map<string, { file: number; at: number }[]>();
  for (const [file, { lines }] of files.entries()) {
    for (let at = 0; at + SHORTEST_RUN <= lines.length; at += 1) {
      const key = readRun(lines, at);
      places.set(key, [...(places.get(key) ?? []), { file, at }]);
    }
  }
  const found: Duplicate[] = [];
  for (const equal of places.values()) {
    for (const [index, a] of equal.entries()) {
      for (const b of equal.slice(index + 1)) {
        const first = files[a.file];
        const second = files[b.file];
        if (first === undefined || second === undefined) continue;
        // A run that starts earlier contains this one.
        if (isEqualBefore(first.lines, a.at, second.lines, b.at)) continue;
        const lines = countEqual(first.lines, a.at, second.lines, b.at);
        if (first === second && b.at - a.at < lines) continue;
        found.push({ first: formatPlace(first, a.at), second: formatPlace(second, b.at), lines });
      }
    }
  }
  return found.toSorted((a, b) => b.lines - a.lines);
}

function listComparableLines({ text, comments, program, module }: SourceFile): Line[] {
  const skipped = new Set<number>();
  const imports = module.staticImports.map(({ start, end }) => ({ start, end }));
  for (const { start, end } of [...comments, ...imports]) {
    const last = lineAt(text, end);
    for (let line = lineAt(text, start); line <= last; line += 1) {
      if (isOnlyThis(text, { start, end }, line)) skipped.add(line);
    }
  }
  return program.end === 0
    ? []
    : text
        .split("\n")
        .map((line, index) => ({ text: line.trim().replaceAll(/\s+/g, " "), number: index + 1 }))
        .filter((line) => !skipped.has(line.number) && /\w/.test(line.text));
}

/** A comment behind code on the same line does not hide the code. */
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

function isEqualBefore(a: readonly Line[], atA: number, b: readonly Line[], atB: number): boolean {
  const before = a[atA - 1];
  return before !== undefined && before.text === b[atB - 1]?.text;
}

function countEqual(a: readonly Line[], atA: number, b: readonly Line[], atB: number): number {
  let count = 0;
  while (a[atA + count] !== undefined && a[atA + count]?.text === b[atB + count]?.text) count += 1;
  return count;
}

function formatPlace({ path, lines }: { path: string; lines: Line[] }, at: number): string {
  return `${path}:${lines[at]?.number ?? 0}`;
}
