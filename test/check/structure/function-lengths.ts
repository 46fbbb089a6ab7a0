import { Visitor } from "oxc-parser";
import { lineAt, type SourceFile } from "../source-files.ts";

export interface FunctionLength {
  /** File and line where the function starts. */
  place: string;
  ownLines: number;
}

interface Range {
  start: number;
  end: number;
}

/**
 * A function's lines without those of the functions inside it. The line that opens an inner function counts for both.
 * The callback of `describe` is not counted: it is a list of tests and their data.
 */
export function measureFunctions(source: SourceFile): FunctionLength[] {
  const ranges = listFunctions(source);
  const groups = new Set(listTestGroups(source));
  const lines = ranges.map(({ start, end }) => ({
    start: lineAt(source.text, start),
    end: lineAt(source.text, end),
  }));
  return lines.flatMap((outer, index) => {
    if (groups.has(ranges[index]?.start ?? 0)) return [];
    const inner = lines.filter((_, at) => at !== index && isInside(ranges[at], ranges[index]));
    return [{ place: `${source.path}:${outer.start}`, ownLines: countOwnLines(outer, inner) }];
  });
}

function listFunctions({ program }: SourceFile): Range[] {
  const ranges: Range[] = [];
  const add = ({ start, end }: Range): void => {
    ranges.push({ start, end });
  };
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(program);
  return ranges;
}

/** Where the callbacks of `describe` start. */
function listTestGroups({ program, text }: SourceFile): number[] {
  const starts: number[] = [];
  new Visitor({
    CallExpression({ callee, arguments: values }) {
      if (text.slice(callee.start, callee.end).startsWith("describe"))
        starts.push(...values.map(({ start }) => start));
    },
  }).visit(program);
  return starts;
}

function isInside(inner: Range | undefined, outer: Range | undefined): boolean {
  return inner !== undefined && outer !== undefined && inner.start >= outer.start && inner.end <= outer.end;
}

function countOwnLines({ start, end }: Range, inner: readonly Range[]): number {
  let count = 0;
  for (let line = start; line <= end; line += 1) {
    if (!inner.some((other) => line > other.start && line <= other.end)) count += 1;
  }
  return count;
}
