import { countLetters, type ParsedDocument } from "../document.ts";
import { parseHtml } from "./html/parse-html.ts";
import { createOutline, type Outline } from "./outline.ts";
import { UnreadableFile } from "./unreadable-file.ts";

type Value = string | Value[] | { [name: string]: Value };

/** Names that hold the title of an object. */
const TITLES = ["title", "question", "name", "heading", "label"];
const HTML = /<(?:p|br|div|ul|ol|li|a|b|strong|em|i|span|h[1-6]|table)\b[^>]*>/i;
/** A list of values that are shorter becomes one line. */
const SHORT = 60;

/** The values of a JSON document with their names, a block for each object. */
export function parseJson(source: string): ParsedDocument {
  const outline = createOutline();
  const value = parseStrictly(source);
  addValue(outline, "", value);
  return outline.finish({ visible: countValues(value) });
}

/** One JSON document in each line. */
export function parseJsonLines(source: string): ParsedDocument {
  const outline = createOutline();
  const lines = source.split(/\r?\n/).filter((line) => line.trim() !== "");
  const values = lines.map(parseStrictly);
  for (const value of values) addValue(outline, "", value);
  return outline.finish({ visible: values.reduce((sum: number, value) => sum + countValues(value), 0) });
}

/** Numbers stay as they are written: order numbers have more digits than a number of JavaScript keeps. */
function parseStrictly(source: string): Value {
  try {
    return JSON.parse(source, (_name, value: unknown, context?: { source?: string }) =>
      typeof value === "number" || typeof value === "boolean"
        ? (context?.source ?? String(value))
        : (value ?? ""),
    ) as Value;
  } catch (error) {
    const detail = error instanceof SyntaxError ? error.message : "it is nested too deeply";
    throw new UnreadableFile(`is not valid JSON (${detail})`);
  }
}

function addValue(outline: Outline, name: string, value: Value): void {
  if (typeof value === "string") return outline.text(formatLine(name, value), { added: name });
  if (Array.isArray(value)) return addList(outline, name, value);
  const entries = Object.entries(value);
  const simple = entries.filter(([, inner]) => isSimple(inner));
  const titles = TITLES.map((key) => value[key]);
  const title = titles.find((text): text is string => typeof text === "string" && text !== "");
  const shown = simple
    .map(([key, inner]) => ({ key, text: showSimple(inner) }))
    .filter(({ text }) => text !== "");
  outline.text(shown.map(({ key, text }) => formatLine(key, text)).join("\n"), {
    added: shown.map(({ key }) => key).join(" "),
  });
  const nested = entries.filter(([, inner]) => !isSimple(inner));
  if (nested.length === 0) return;
  outline.openScope();
  const label = title ?? name;
  if (label !== "") outline.subheadingAdded(label);
  for (const [key, inner] of nested) addValue(outline, key, inner);
  outline.closeScope();
}

function addList(outline: Outline, name: string, values: readonly Value[]): void {
  outline.openScope();
  if (name !== "") outline.subheadingAdded(name);
  for (const value of values) addValue(outline, "", value);
  outline.closeScope();
}

/** A text, or a short list of texts. */
function isSimple(value: Value): boolean {
  if (typeof value === "string") return true;
  return Array.isArray(value) && value.every((inner) => typeof inner === "string" && inner.length <= SHORT);
}

function showSimple(value: Value): string {
  return Array.isArray(value) ? value.map(showSimple).join(", ") : typeof value === "string" ? value : "";
}

function formatLine(name: string, value: string): string {
  if (value === "") return "";
  const text = HTML.test(value) ? readHtml(value) : value;
  return name === "" ? text : `${name}: ${text}`;
}

function readHtml(value: string): string {
  const { title, blocks } = parseHtml(value);
  return [title ?? "", ...blocks.flatMap(({ headings, text }) => [headings.at(-1) ?? "", text])]
    .filter((line) => line !== "")
    .join("\n");
}

function countValues(value: Value): number {
  if (typeof value === "string")
    return HTML.test(value) ? parseHtml(value).count.visible : countLetters(value);
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 0);
}
