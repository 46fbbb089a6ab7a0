import { parseDocument } from "yaml";

export interface FrontMatter {
  title: string | null;
  /** The text below the settings. */
  body: string;
}

/** Settings before the text: YAML between `---` and `---` or `...`, or TOML between `+++`. */
const FENCED = /^(---|\+\+\+)[ \t]*\n([\s\S]*?)\n(---|\.\.\.|\+\+\+)[ \t]*(?:\n|$)/;
/** Settings that are longer are a text between two rules. */
const MAX_SETTINGS = 20_000;

/** Splits the settings off. Two rules around a first paragraph look similar, but their content is no mapping of names to values. */
export function splitFrontMatter(source: string): FrontMatter {
  const [whole = "", open, settings = "", end] = FENCED.exec(source.slice(0, MAX_SETTINGS)) ?? [];
  const isClosed = open === "+++" ? end === "+++" : end !== "+++";
  const values = whole === "" || !isClosed ? null : open === "+++" ? readToml(settings) : readYaml(settings);
  if (values === null) return { title: null, body: source };
  const { title } = values;
  const isText = typeof title === "string" && title.trim() !== "";
  return { title: isText ? title.trim() : null, body: source.slice(whole.length) };
}

/** Names with values, or comments only. Settings with a mistake in one line still have the others. */
function readYaml(settings: string): Record<string, unknown> | null {
  const document = parseDocument(settings, { logLevel: "silent" });
  const values: unknown =
    document.errors.length === 0 ? document.toJS({ maxAliasCount: 0 }) : readLines(settings);
  if (values === null && /^\s*#/m.test(settings)) return {};
  return isMapping(values) ? values : null;
}

function readLines(settings: string): Record<string, unknown> | null {
  if (!/^[\w-]+:(?:\s|$)/m.test(settings)) return null;
  const [, title = ""] = /^title:\s*(.+)$/m.exec(settings) ?? [];
  return { title: title.trim().replace(/^(["'])(.*)\1$/, "$2") };
}

function readToml(settings: string): Record<string, unknown> {
  const [, quoted] = /^\s*title\s*=\s*["'](.*)["']\s*$/m.exec(settings) ?? [];
  return { title: quoted };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
