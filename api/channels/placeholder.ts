import type { InboundMessage } from "./channel.ts";
import { toStoredText } from "./json-body.ts";

/* Texts that Parley makes of a vendor's fields, in the form that the stores take. */

type Words = Pick<InboundMessage, "text" | "origin">;

/** Characters of a detail in a placeholder. The whole content is at the vendor. */
const MAX_DETAIL = 300;

/**
 * One line in place of content without words, for the transcript and the model: `[order: 2 x sku-1]`. The brackets distinguish it from words
 * that the contact wrote.
 */
export function formatPlaceholder(what: string, detail: string | null = null): string {
  const line = toStoredText(detail ?? "")
    .replace(/\s+/g, " ")
    .trim();
  if (line === "") return `[${what}]`;
  const cut = line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL).toWellFormed()}…` : line;
  return `[${what}: ${cut}]`;
}

/** A placeholder with the words that belong to it, each on a line of its own. */
export function joinLines(...lines: readonly (string | null | undefined)[]): string {
  return lines
    .map((line) => line?.trim() ?? "")
    .filter((line) => line !== "")
    .join("\n");
}

/** Marks words that the contact passed on. A file without words stays without words, so that it is explained. */
export function markForwarded({ text, origin }: Words, writer: string | null = null): Words {
  if (text === "") return { text, origin };
  const marked = joinLines(formatPlaceholder("forwarded message", writer), text);
  return { text: marked, origin: origin === "placeholder" ? origin : "forward" };
}

/** Deeper content is no content of a contact. Telegram allows 16 levels of formatting, and each is two levels of JSON. */
const MAX_DEPTH = 40;

/**
 * The words under `names` anywhere in a rich text, in the order of the document. Vendors nest them in lists, tables and sections, and add
 * kinds of blocks.
 */
export function collectWords(value: unknown, names: ReadonlySet<string>): string[] {
  return collectInside(value, { names, isWords: false, depth: 0 });
}

function collectInside(
  value: unknown,
  { names, isWords, depth }: { names: ReadonlySet<string>; isWords: boolean; depth: number },
): string[] {
  if (typeof value === "string") return isWords && value.trim() !== "" ? [toStoredText(value)] : [];
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return [];
  const inside = { names, depth: depth + 1 };
  if (Array.isArray(value)) return value.flatMap((item) => collectInside(item, { ...inside, isWords }));
  return Object.entries(value).flatMap(([name, inner]) =>
    collectInside(inner, { ...inside, isWords: names.has(name) }),
  );
}

/** Characters of a field's name. Without a limit, one long name in front of thousands of fields would fill the memory. */
const MAX_NAME = 200;
/** Fields of forms that are for programs. */
const FORM_SECRETS = new Set(["flow_token", "wa_flow_response_params"]);

/** The answers of a form, as `name: answer` lines; a text that is not JSON stays as it is. */
export function formatForm(json: string): string {
  try {
    return toStoredText(formatFields(JSON.parse(json), "").join("\n"));
  } catch {
    // Not logged: the text itself is the answer.
    return toStoredText(json);
  }
}

function formatFields(value: unknown, name: string, depth = 0): string[] {
  if (value === null || value === undefined || value === "" || depth > MAX_DEPTH) return [];
  if (Array.isArray(value) && value.every((item) => typeof item !== "object"))
    return [`${name}: ${value.join(", ")}`];
  if (typeof value === "object")
    return Object.entries(value)
      .filter(([key]) => !FORM_SECRETS.has(key))
      .flatMap(([key, inner]) =>
        formatFields(inner, `${name} ${key}`.trimStart().slice(0, MAX_NAME), depth + 1),
      );
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [name === "" ? text : `${name}: ${text}`];
}
