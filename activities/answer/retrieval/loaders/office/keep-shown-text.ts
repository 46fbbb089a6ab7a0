import { Parser } from "htmlparser2";
import { countLetters } from "../../document.ts";
import { findAttribute, removePrefix } from "./office-package.ts";
import { createTextBoxes, type Edit } from "./text-boxes.ts";

type Reason = "hidden" | "deleted" | "moved";

interface Frame {
  name: string;
  start: number;
  /** Why the element is cut out. */
  cut: Reason | null;
}

interface ShownText {
  xml: string;
  /** The reasons for which words were cut out. Moved text is elsewhere in the document. */
  reasons: ReadonlySet<Reason>;
}

/** Elements around text that the library does not know. */
const UNWRAPPED = new Set(["fldSimple", "dir", "bdo", "ruby", "rt", "rubyBase"]);
/** Where `w:del` is a mark on the parent and has no text. */
const PROPERTIES = new Set(["rPr", "trPr", "tcPr", "numPr"]);
/** Parts of a hidden run that stay: a field without its end would go on to the end of the document. */
const KEPT_IN_RUN = new Set(["rPr", "fldChar", "instrText"]);

/**
 * The XML of a part as Word shows it, for the library: without hidden text and without the deleted text of tracked changes, and with the
 * text boxes and fields that the library would not find.
 */
export function keepShownText(xml: string, hiddenStyles: ReadonlySet<string>): ShownText {
  const edits: Edit[] = [];
  const frames: Frame[] = [];
  /** For each open paragraph and each open run, whether its text is hidden. */
  const paragraphs: boolean[] = [];
  const runs: boolean[] = [];
  const cuts = { hidden: 0, deleted: 0, moved: 0 };
  const reasons = new Set<Reason>();
  const boxes = createTextBoxes(edits);

  function cut(frame: Frame | undefined, reason: Reason): void {
    if (frame === undefined || frame.cut !== null) return;
    frame.cut = reason;
    cuts[reason]++;
  }

  function readProperty(name: string, value: string | undefined): void {
    const [owner, parent] = [frames.at(-2)?.name, frames.at(-1)?.name];
    const isHiddenStyle = hiddenStyles.has(value ?? "");
    if (name === "pStyle" && owner === "p") paragraphs[paragraphs.length - 1] = isHiddenStyle;
    if (name === "del" && parent === "trPr") cut(frames.at(-2), "deleted");
    // The properties of a paragraph's mark, and those before a tracked change, have other owners.
    if (parent !== "rPr" || owner !== "r") return;
    // Two styles that hide show the text again (ECMA-376, 17.7.3).
    if (name === "rStyle" && isHiddenStyle) runs.push(runs.pop() !== true);
    if (name === "vanish") runs[runs.length - 1] = isOn(value);
  }

  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        const name = removePrefix(tag);
        const parent = frames.at(-1)?.name ?? "";
        readProperty(name, findAttribute(attributes, "val"));
        const frame: Frame = { name, start: parser.startIndex, cut: null };
        frames.push(frame);
        const isInProperties = PROPERTIES.has(parent);
        if (name === "del" && !isInProperties) cut(frame, "deleted");
        if (name === "moveFrom" && !isInProperties) cut(frame, "moved");
        if (parent === "r" && runs.at(-1) === true && !KEPT_IN_RUN.has(name)) cut(frame, "hidden");
        if (name === "p") paragraphs.push(false);
        if (name === "r") runs.push(paragraphs.at(-1) ?? false);
        boxes.open(tag, parser.startIndex);
        if (UNWRAPPED.has(name)) edits.push({ start: parser.startIndex, end: parser.endIndex + 1, text: "" });
      },
      onclosetag(tag) {
        const end = parser.endIndex + 1;
        const frame = frames.pop();
        const name = removePrefix(tag);
        if (name === "p") paragraphs.pop();
        if (name === "r") runs.pop();
        boxes.close(tag, end);
        if (UNWRAPPED.has(name)) edits.push({ start: parser.startIndex, end, text: "" });
        if (frame === undefined || frame.cut === null) return;
        cuts[frame.cut]--;
        edits.push({ start: frame.start, end, text: "" });
      },
      ontext(text) {
        if (countLetters(text) === 0 || !/^(?:t|delText)$/.test(frames.at(-1)?.name ?? "")) return;
        if (cuts.deleted > 0) reasons.add("deleted");
        else if (cuts.hidden > 0) reasons.add("hidden");
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return { xml: applyEdits(xml, edits), reasons };
}

/** The value of a switch: one without a value is on. */
export function isOn(value: string | undefined): boolean {
  return !/^(?:0|false|off)$/.test(value ?? "");
}

/** An edit inside of another one has no effect. */
function applyEdits(xml: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let position = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < position) continue;
    pieces.push(xml.slice(position, start), text);
    position = end;
  }
  return [...pieces, xml.slice(position)].join("");
}
