import { Visitor } from "oxc-parser";
import { lineAt, type MarkdownFile, type SourceFile } from "../source-files.ts";
import type { WordPlace } from "./banned-words.ts";

/** A piece of text to check: one name, one comment, one paragraph or one string literal. */
export interface Passage {
  place: WordPlace;
  text: string;
  path: string;
  line: number;
}

export function readSourcePassages(source: SourceFile): Passage[] {
  return [...readNames(source), ...readComments(source), ...readMessages(source)];
}

/** Every identifier of a file once, and the words of its path. */
function readNames(source: SourceFile): Passage[] {
  const first = new Map<string, number>();
  const add = ({ name, start }: { name: string; start: number }): void => {
    if (!first.has(name)) first.set(name, start);
  };
  new Visitor({ Identifier: add, PrivateIdentifier: add }).visit(source.program);
  const names = [...first].map(([name, start]) => passageOf("names", splitName(name), source, start));
  return [passageOf("names", splitName(source.path), source, 0), ...names];
}

/** `heldSince`, `held_since` and `held-since.ts` all give "held since". */
export function splitName(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[^A-Za-z\d]+/g, " ")
    .trim()
    .toLowerCase();
}

function readComments(source: SourceFile): Passage[] {
  return joinLineComments(source).map(({ start, end }) => {
    const text = source.text
      .slice(start, end)
      .replaceAll(/^\s*(\/\*\*?|\/\/|\*(?!\/))|\*\/$/gm, " ")
      .replaceAll(/`[^`]*`/g, " ");
    return passageOf("comments", text, source, start);
  });
}

/** Line comments that follow each other are one text. */
function joinLineComments({ text, comments }: SourceFile): { start: number; end: number }[] {
  const joined: { start: number; end: number; isLine: boolean }[] = [];
  for (const { type, start, end } of comments) {
    const last = joined.at(-1);
    const isLine = type === "Line";
    if (last?.isLine === true && isLine && text.slice(last.end, start).trim() === "") last.end = end;
    else joined.push({ start, end, isLine });
  }
  return joined;
}

/** String literals and templates that contain a space. In test files only the titles: the other strings are data. */
function readMessages(source: SourceFile): Passage[] {
  const found: Passage[] = [];
  const isTest = source.path.endsWith(".test.ts");
  const titles = new Set<number>();
  const add = (text: string, start: number): void => {
    if (/\S\s+\S/.test(text)) found.push(passageOf("messages", text, source, start));
  };
  new Visitor({
    CallExpression({ callee, arguments: [title] }) {
      const text = source.text.slice(callee.start, callee.end);
      if (title !== undefined && /^(it|test|describe)\b/.test(text)) titles.add(title.start);
    },
    Literal({ value, start }) {
      if (typeof value === "string" && (!isTest || titles.has(start))) add(value, start);
    },
    TemplateLiteral({ quasis, start }) {
      const text = quasis.map((quasi) => quasi.value.cooked ?? "").join("...");
      if (!isTest || titles.has(start)) add(text, start);
    },
  }).visit(source.program);
  return found;
}

/** The prose of a page by paragraph. Code and the targets of links are left out. */
export function readProse({ path, text }: MarkdownFile): Passage[] {
  const prose = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replaceAll(/[^\n]/g, " "));
  const passages: Passage[] = [];
  let paragraph: { lines: string[]; line: number } = { lines: [], line: 1 };
  const flush = (): void => {
    const plain = paragraph.lines.join(" ").replaceAll(/`[^`]*`|\]\([^)]*\)/g, " ");
    if (plain.trim() !== "") passages.push({ place: "docs", text: fold(plain), path, line: paragraph.line });
    paragraph = { lines: [], line: 1 };
  };
  for (const [index, line] of prose.split("\n").entries()) {
    if (/^\s*([-*|#]|\d+\.)|^\s*$/.test(line)) flush();
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (paragraph.lines.length === 0) paragraph.line = index + 1;
    paragraph.lines.push(line);
  }
  flush();
  return passages;
}

function passageOf(place: WordPlace, text: string, source: SourceFile, start: number): Passage {
  return { place, text: fold(text), path: source.path, line: lineAt(source.text, start) };
}

function fold(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
