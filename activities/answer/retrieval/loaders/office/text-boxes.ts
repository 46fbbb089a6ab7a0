import { removePrefix } from "./office-package.ts";

/** Replaces a part of the XML. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

interface Drawing {
  tag: string;
  start: number;
  boxes: { start: number; end: number }[];
  /** True if it repeats its boxes in the old notation. */
  hasOld: boolean;
}

/** Rewrites text boxes that have the new notation only, as Google Docs writes them: the library reads the old one. */
export function createTextBoxes(edits: Edit[]) {
  let drawing: Drawing | null = null;
  /** Open elements inside the outermost drawing that have its tag, and the same for its text boxes. */
  let depth = 0;
  let boxDepth = 0;
  let fallbacks = 0;

  function rewrite({ start, boxes }: Drawing, prefix: string, end: number): void {
    let position = start;
    for (const [index, box] of boxes.entries()) {
      const text = `<${prefix}pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">`;
      edits.push({ start: position, end: box.start, text: index === 0 ? text : "" });
      position = box.end;
    }
    edits.push({ start: position, end, text: `</v:textbox></${prefix}pict>` });
  }

  let prefix = "";
  return {
    open(tag: string, start: number): void {
      const name = removePrefix(tag);
      if (drawing === null && (name === "AlternateContent" || name === "drawing"))
        drawing = { tag, start, boxes: [], hasOld: false };
      if (drawing === null) return;
      if (tag === drawing.tag) depth++;
      if (name === "Fallback") fallbacks++;
      if (name !== "txbxContent") return;
      if (fallbacks > 0) drawing.hasOld = true;
      else if (boxDepth === 0) drawing.boxes.push({ start, end: start });
      prefix = tag.slice(0, -name.length);
      boxDepth++;
    },
    close(tag: string, end: number): void {
      if (drawing === null) return;
      const name = removePrefix(tag);
      if (name === "Fallback") fallbacks--;
      const box = drawing.boxes.at(-1);
      if (name === "txbxContent" && --boxDepth === 0 && fallbacks === 0 && box !== undefined) box.end = end;
      if (tag !== drawing.tag || --depth > 0) return;
      if (drawing.boxes.length > 0 && !drawing.hasOld) rewrite(drawing, prefix, end);
      drawing = null;
    },
  };
}
