import { countLetters } from "../../document.ts";
import type { OfficePackage } from "./office-package.ts";

type SlideBlock = { kind: "text"; text: string } | { kind: "table"; rows: string[][] };

export interface Slide {
  title: string;
  blocks: SlideBlock[];
  isHidden: boolean;
  images: number;
  /** Letters and digits on the slide. */
  visible: number;
}

/** The texts of a slide, one block for each shape, and its tables. */
export function readSlide(parts: OfficePackage, path: string): Slide {
  const slide: Slide = { title: "", blocks: [], isHidden: false, images: 0, visible: 0 };
  let lines: string[] = [];
  let line = "";
  let rows: string[][] | null = null;
  let isTitle = false;
  let isText = false;
  const takeText = () => {
    const text = lines.join("\n").trim();
    lines = [];
    return text;
  };
  const endShape = () => {
    const text = takeText();
    if (text === "") return;
    if (isTitle && slide.title === "") slide.title = text;
    else slide.blocks.push({ kind: "text", text });
  };
  parts.read(path, {
    open(name, { show, type, descr }) {
      if (name === "sld") slide.isHidden = show === "0" || show === "false";
      if (name === "ph") isTitle = type === "title" || type === "ctrTitle";
      if (name === "sp" || name === "pic") isTitle = false;
      if (name === "pic") slide.images++;
      if (name === "tbl") rows = [];
      if (name === "tr") rows?.push([]);
      if (name === "br" || name === "tab") line += " ";
      if (name === "cNvPr" && descr !== undefined && descr !== "") {
        slide.visible += countLetters(descr);
        slide.blocks.push({ kind: "text", text: descr });
      }
      isText = name === "t";
    },
    close(name) {
      isText = false;
      if (name === "p") {
        if (line.trim() !== "") lines.push(line);
        line = "";
      } else if (name === "tc") rows?.at(-1)?.push(takeText());
      else if (name === "sp" || name === "cxnSp") endShape();
      else if (name === "tbl" && rows !== null) {
        slide.blocks.push({ kind: "table", rows });
        rows = null;
      }
    },
    text(text) {
      if (!isText) return;
      line += text;
      slide.visible += countLetters(text);
    },
  });
  return slide;
}
