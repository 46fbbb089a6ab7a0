import { countLetters, type Loss, type PageCount, type ParsedDocument } from "../../document.ts";
import { createOutline } from "../outline.ts";
import { createSheetWriter } from "../sheet-rows.ts";
import { createCellFormats } from "./cell-formats.ts";
import { type OfficePackage, openPackage } from "./office-package.ts";
import { readGraphics } from "./read-graphics.ts";
import { readSheet } from "./read-sheet.ts";

const MAIN = "xl/workbook.xml";
/** Names that programs give to new sheets. */
const DEFAULT_NAME = /^(?:sheet|tabelle|feuil|hoja|foglio|blad|planilha|лист|シート|工作表)\s?\d*$/i;

interface SheetPart {
  name: string;
  path: string;
  isHidden: boolean;
}

/** The sheets of a workbook, as tables of the values that a reader sees: dates and numbers in their formats. */
export function parseXlsx(bytes: Uint8Array): ParsedDocument {
  const parts = openPackage(bytes);
  const outline = createOutline();
  const { sheets, is1904 } = listSheets(parts);
  const strings = readSharedStrings(parts);
  const format = createCellFormats(parts, is1904);
  const losses: Loss[] = [];
  const pages: PageCount[] = [];
  for (const { name, path, isHidden } of sheets) {
    if (isHidden) {
      const fix = "show it if contacts may read it";
      losses.push({ what: `sheet "${name}" is hidden and left out`, fix, isOnPurpose: true });
      continue;
    }
    const before = outline.countKept();
    if (!DEFAULT_NAME.test(name)) outline.pageHeading(name);
    const graphics = readDrawings(parts, path);
    let letters = countLetters(graphics.join(" "));
    const sheet = createSheetWriter(outline);
    readSheet(parts, path, {
      strings,
      format,
      onRow(cells) {
        letters += countLetters(cells.join(" "));
        sheet.row(cells);
      },
    });
    sheet.finish();
    for (const text of graphics) outline.text(text);
    pages.push({ name: `sheet "${name}"`, visible: letters, kept: outline.countKept() - before });
  }
  const visible = pages.reduce((sum, page) => sum + page.visible, 0);
  return outline.finish({ visible, pages, losses });
}

function listSheets(parts: OfficePackage): { sheets: SheetPart[]; is1904: boolean } {
  const relations = parts.relations(MAIN);
  const sheets: SheetPart[] = [];
  let is1904 = false;
  parts.read(MAIN, {
    open(name, attributes) {
      if (name === "workbookPr") is1904 = /^(?:1|true)$/.test(attributes["date1904"] ?? "");
      if (name !== "sheet") return;
      const id = Object.entries(attributes).find(([key]) => /^\w+:id$/.test(key))?.[1];
      const path = relations.get(id ?? "")?.target;
      const isHidden = /hidden/i.test(attributes["state"] ?? "");
      if (path !== undefined) sheets.push({ name: attributes["name"] ?? "", path, isHidden });
    },
  });
  return { sheets, is1904 };
}

/** Texts that several cells share. The reading aids of Japanese texts are not part of them. */
function readSharedStrings(parts: OfficePackage): string[] {
  const strings: string[] = [];
  let text = "";
  let isText = false;
  let aids = 0;
  parts.read("xl/sharedStrings.xml", {
    open(name) {
      if (name === "si") text = "";
      if (name === "rPh") aids++;
      isText = name === "t" && aids === 0;
    },
    close(name) {
      if (name === "rPh") aids--;
      if (name === "si") strings.push(text);
      isText = false;
    },
    text(data) {
      if (isText) text += data;
    },
  });
  return strings;
}

/** Text boxes, diagrams and charts of a sheet. */
function readDrawings(parts: OfficePackage, path: string): string[] {
  const drawings = [...parts.relations(path).values()].filter(({ type }) => type === "drawing");
  return drawings.flatMap(({ target }) => {
    const boxes: string[] = [];
    let isText = false;
    parts.read(target, {
      open: (name) => void (isText = name === "t"),
      close: () => void (isText = false),
      text(data) {
        if (isText) boxes.push(data);
      },
    });
    return [...boxes, ...readGraphics(parts, target)];
  });
}
