import type { Outline } from "../outline.ts";

/** A finished piece of a page, in the order of the page. */
export type Entry =
  | { kind: "heading"; depth: number; text: string }
  | { kind: "subheading"; text: string }
  | { kind: "text"; text: string; added: string; header?: string }
  | { kind: "open"; isOwn: boolean }
  | { kind: "close" };

export type TextEntry = Extract<Entry, { kind: "text" }>;

/** Where entries go: into the outline, or into the list or the cell that contains them. */
export type Sink = (entry: Entry) => void;

export function writeTo(outline: Outline): Sink {
  return (entry) => {
    if (entry.kind === "heading") outline.heading(entry.depth, entry.text);
    else if (entry.kind === "subheading") outline.subheading(entry.text);
    else if (entry.kind === "open") outline.openScope(entry.isOwn);
    else if (entry.kind === "close") outline.closeScope();
    else outline.text(entry.text, entry);
  };
}

/** True for entries that can become one block: no headings, no tables. */
export function isPlain(entries: readonly Entry[]): entries is TextEntry[] {
  return entries.every((entry) => entry.kind === "text" && entry.header === undefined);
}
