import { countLetters, type Loss, type PageCount, type ParsedDocument } from "../../document.ts";
import { createOutline, type Outline } from "../outline.ts";
import { addTable } from "../table-text.ts";
import { type OfficePackage, openPackage } from "./office-package.ts";
import { readGraphics } from "./read-graphics.ts";
import { readSlide, type Slide } from "./read-slide.ts";

const MAIN = "ppt/presentation.xml";

/** Titles, texts and tables of the slides, in the order of the show. Speaker notes and hidden slides are left out. */
export function parsePptx(bytes: Uint8Array): ParsedDocument {
  const parts = openPackage(bytes);
  const outline = createOutline();
  const pages: PageCount[] = [];
  const losses: Loss[] = [];
  let hasNotes = false;
  for (const [index, path] of listSlides(parts).entries()) {
    const slide = readSlide(parts, path);
    const name = `slide ${index + 1}`;
    hasNotes ||= [...parts.relations(path).values()].some(({ type }) => type === "notesSlide");
    if (slide.isHidden) {
      losses.push({
        what: `${name} is hidden and left out`,
        fix: "show it if contacts may read it",
        isOnPurpose: true,
      });
      continue;
    }
    const graphics = readGraphics(parts, path);
    const before = outline.countKept();
    addSlide(outline, slide, graphics);
    const visible = slide.visible + countLetters(graphics.join(" "));
    pages.push({ name, visible, kept: outline.countKept() - before });
    if (visible === 0 && slide.images > 0)
      losses.push({ what: `${name} holds only images`, fix: "write their text into their alternative text" });
  }
  if (hasNotes)
    losses.push({
      what: "speaker notes are left out",
      fix: "move them onto a slide if contacts may read them",
      isOnPurpose: true,
    });
  const visible = pages.reduce((sum, page) => sum + page.visible, 0);
  return outline.finish({ visible, pages, losses });
}

function addSlide(outline: Outline, { title, blocks }: Slide, graphics: readonly string[]): void {
  // The first title of all is the title of the file.
  if (title !== "") outline.heading(1, title);
  for (const block of blocks) {
    if (block.kind === "text") outline.text(block.text);
    else
      addTable(block.rows, {
        add: (text, header) => outline.text(text, header === undefined ? {} : { header }),
      });
  }
  for (const text of graphics) outline.text(text);
}

/** Paths of the slides. The numbers of their files are the order in which they were made. */
function listSlides(parts: OfficePackage): string[] {
  const relations = parts.relations(MAIN);
  const paths: string[] = [];
  parts.read(MAIN, {
    open(name, attributes) {
      if (name !== "sldId") return;
      const id = Object.entries(attributes).find(([key]) => /^\w+:id$/.test(key))?.[1];
      const target = relations.get(id ?? "")?.target;
      if (target !== undefined) paths.push(target);
    },
  });
  return paths;
}
