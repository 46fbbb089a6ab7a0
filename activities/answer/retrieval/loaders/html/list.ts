import { type Entry, isPlain, type Sink } from "./entries.ts";

interface ListOptions {
  isNumbered: boolean;
  /** False for a list of definitions. */
  hasMarks: boolean;
  start: string | undefined;
  parent: Sink;
}

/** For the sink of each list the one that collects the entries of the outermost list, or each level would copy them. */
const COLLECTORS = new WeakMap<Sink, Sink>();

/** Collects the items of one list. They become one block with a line for each item, unless they have headings or tables. */
export function createList({ isNumbered, hasMarks, start, parent }: ListOptions) {
  const entries: Entry[] = [];
  const outer = COLLECTORS.get(parent);
  const collect: Sink = outer ?? ((entry) => void entries.push(entry));
  let next = Number.parseInt(start ?? "1", 10) || 1;
  let mark = "";
  const sink: Sink = (entry) => {
    collect(entry.kind === "text" && mark !== "" ? addMark(entry, mark) : entry);
    if (entry.kind === "text") mark = "";
  };
  COLLECTORS.set(sink, collect);
  return {
    sink,
    openItem(): void {
      if (hasMarks) mark = isNumbered ? `${next++}. ` : "- ";
    },
    finish(): void {
      if (outer !== undefined || entries.length === 0) return;
      if (!isPlain(entries)) return entries.forEach(parent);
      const text = entries.map((entry) => entry.text.trim()).join("\n");
      parent({ kind: "text", text, added: entries.map(({ added }) => added).join(" ") });
    },
  };
}

function addMark(entry: Extract<Entry, { kind: "text" }>, mark: string): Entry {
  return { ...entry, text: `${mark}${entry.text.trim()}`, added: `${mark} ${entry.added}` };
}
