import type { Handler } from "htmlparser2";
import { countLetters } from "../../document.ts";
import {
  APART,
  BLOCKS,
  findAddress,
  findShownAttribute,
  isDropped,
  isQuestion,
  isToggle,
} from "./elements.ts";
import type { Sink } from "./entries.ts";
import { createLabels } from "./labels.ts";
import { createList } from "./list.ts";
import { createTable } from "./table.ts";
import { createWords } from "./words.ts";

interface Frame {
  name: string;
  isDropped: boolean;
  /** True if the last child may show the next one. */
  isToggled: boolean;
  /** True while the heading of an accordion's question is open, which ends with its parent. */
  hasQuestion: boolean;
  isLabeled: boolean;
  close(): void;
}

interface PageOptions {
  panels: ReadonlySet<string>;
  base: string | null;
}

type Attributes = Readonly<Record<string, string>>;

/** Elements that no heading contains. */
const ENDS_HEADING = new Set(["p", "ul", "ol", "dl", "table", "section", "article"]);
/** Elements that continue no heading above them, and after which the headings above them go on. */
const OWN_SCOPE = new Set(["aside", "footer", "header"]);

/** Turns the events of the HTML parser into entries. It keeps the open elements only. */
export function createPageReader(root: Sink, { panels, base }: PageOptions) {
  const frames: Frame[] = [];
  const sinks: Sink[] = [root];
  const tables: ReturnType<typeof createTable>[] = [];
  const lists: ReturnType<typeof createList>[] = [];
  const words = createWords();
  const labels = createLabels();
  const seen = { title: "", visible: 0, frames: 0, images: 0 };
  let dropped = 0;
  let pre = 0;
  let isInLink = false;
  /** Ends the open heading. Null outside a heading. */
  let endHeading: (() => void) | null = null;
  /** In a drawing, only its text elements have words. */
  let drawings = 0;
  let drawnTexts = 0;
  const emit: Sink = (entry) => sinks.at(-1)?.(entry);

  function flush(): void {
    // The blocks inside a heading are parts of its line.
    if (endHeading !== null) return words.add(" ");
    const { text, added } = words.take();
    if (text.trim() !== "") emit({ kind: "text", text, added });
  }

  function open(name: string, attributes: Attributes): () => void {
    const depth = /^h([1-6])$/.exec(name)?.[1];
    // A heading whose end tag is missing. Browsers show the rest of the page as the heading.
    if (depth !== undefined || ENDS_HEADING.has(name)) endHeading?.();
    if (depth !== undefined)
      return openHeading((text) => emit({ kind: "heading", depth: Number(depth), text }));
    if (isQuestion(name, attributes) && endHeading === null) return openQuestion();
    if (BLOCKS.has(name)) flush();
    if (APART.has(name)) words.add(" ");
    if (name === "table") return openTable(attributes);
    if (name === "tr") tables.at(-1)?.openRow();
    if (name === "td" || name === "th") return openCell(name, attributes);
    if (/^(?:ul|ol|menu|dl)$/.test(name)) return openList(name, attributes);
    if (name === "li") lists.at(-1)?.openItem();
    if (name === "a") return openLink(attributes);
    if (OWN_SCOPE.has(name) && sinks.length === 1) return openOwnScope();
    return openPlain(name);
  }

  function openPlain(name: string): () => void {
    if (name === "br") words.add("\n");
    if (name === "rt") words.add("(");
    if (name === "pre") pre++;
    if (name === "svg") drawings++;
    if (name === "text") drawnTexts++;
    return () => {
      if (name === "rt") words.add(")");
      if (name === "option") words.addMark(";");
      if (name === "pre") pre--;
      if (name === "svg") drawings--;
      if (name === "text") drawnTexts--;
      if (name === "text" && drawings > 0) flush();
    };
  }

  /** Links inside a heading follow it as a line of their own: a heading is embedded with each of its chunks. */
  function openHeading(emitHeading: (text: string) => void): () => void {
    flush();
    const end = () => {
      if (endHeading !== end) return;
      endHeading = null;
      const { text, added, links } = words.take();
      emitHeading(text);
      if (links !== "") emit({ kind: "text", text: links, added });
    };
    endHeading = end;
    return end;
  }

  function openQuestion(): () => void {
    const parent = frames.at(-1);
    return openHeading((text) => {
      if (text.trim() === "") return;
      if (parent?.hasQuestion === true) emit({ kind: "close" });
      emit({ kind: "open", isOwn: false });
      emit({ kind: "subheading", text });
      if (parent !== undefined) parent.hasQuestion = true;
    });
  }

  function openTable({ role }: Attributes): () => void {
    const table = createTable(role === "presentation" || role === "none", emit);
    tables.push(table);
    return () => {
      tables.pop();
      table.finish();
    };
  }

  function openCell(name: string, attributes: Attributes): () => void {
    const cell = tables.at(-1)?.openCell(name === "th", attributes);
    if (cell === undefined) return () => undefined;
    sinks.push(cell);
    return () => {
      flush();
      sinks.pop();
    };
  }

  function openList(name: string, { start }: Attributes): () => void {
    const parent = sinks.at(-1) ?? root;
    const list = createList({ isNumbered: name === "ol", hasMarks: name !== "dl", start, parent });
    lists.push(list);
    sinks.push(list.sink);
    return () => {
      flush();
      lists.pop();
      sinks.pop();
      list.finish();
    };
  }

  function openLink({ href }: Attributes): () => void {
    // A link in a link is not permitted, and would be read once for each level.
    const address = isInLink ? null : findAddress(href, base);
    if (address === null) return () => undefined;
    isInLink = true;
    const start = words.mark();
    return () => {
      isInLink = false;
      words.addLink(address, start, endHeading !== null);
    };
  }

  function openOwnScope(): () => void {
    emit({ kind: "open", isOwn: true });
    return () => {
      flush();
      emit({ kind: "close" });
    };
  }

  function openElement(name: string, attributes: Attributes): void {
    if (dropped === 0 && name === "iframe" && /^https?:/.test(attributes["src"] ?? "")) seen.frames++;
    if (dropped === 0 && name === "img" && findShownAttribute(name, attributes) === "") seen.images++;
    const parent = frames.at(-1);
    const isBelowToggle = parent?.isToggled === true;
    const isGone = dropped > 0 || isDropped(name, attributes, { panels, isBelowToggle });
    if (parent !== undefined) parent.isToggled = isToggle(name, attributes);
    const isLabeled = !isGone && labels.open(name, attributes);
    const frame = { name, isDropped: isGone, isToggled: false, hasQuestion: false, isLabeled };
    if (frame.isDropped) dropped++;
    const close = frame.isDropped ? () => undefined : open(name, attributes);
    frames.push({ ...frame, close });
    if (!frame.isDropped) addShown(findShownAttribute(name, attributes));
  }

  /** Adds the words of an attribute. */
  function addShown(shown: string): void {
    if (shown === "") return;
    labels.addShown(shown);
    addText(` ${shown} `);
  }

  function closeElement(): void {
    const frame = frames.pop();
    if (frame === undefined) return;
    if (frame.isDropped) return void dropped--;
    // The name of a button that opens a menu must not become the heading of what follows, so it comes after the button.
    const isHeading = endHeading === frame.close;
    const label = frame.isLabeled ? labels.close() : "";
    if (!isHeading) addShown(label);
    if (BLOCKS.has(frame.name)) flush();
    if (APART.has(frame.name)) words.add(" ");
    if (frame.hasQuestion) {
      flush();
      emit({ kind: "close" });
    }
    frame.close();
    if (isHeading) addShown(label);
  }

  function addText(text: string): void {
    seen.visible += countLetters(text);
    words.add(pre > 0 ? text : text.replace(/\s+/g, " "));
  }

  const handler: Partial<Handler> = {
    onopentag: openElement,
    onclosetag: closeElement,
    ontext(text) {
      if (dropped > 0) return;
      const isTitle = frames.at(-1)?.name === "title";
      if (isTitle && drawings > 0) return labels.addIcon(text);
      if (drawings > 0 && drawnTexts === 0) return;
      if (isTitle) return void (seen.title += text);
      labels.addWords(text);
      addText(text);
    },
  };
  return {
    handler,
    finish() {
      flush();
      return seen;
    },
  };
}
