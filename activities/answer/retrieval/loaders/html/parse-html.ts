import { Parser } from "htmlparser2";
import type { Loss, ParsedDocument } from "../../document.ts";
import { createOutline } from "../outline.ts";
import { findBase, findPanels } from "./elements.ts";
import { writeTo } from "./entries.ts";
import { createPageReader } from "./page-reader.ts";

/** A page with fewer letters has its text elsewhere: in a script, a frame or an image. */
const ALMOST_EMPTY = 200;

/**
 * Headings, paragraphs, lists and tables of a page, in their order. The page is read as a stream, so that marks that are nested without
 * end cannot end the thread.
 */
export function parseHtml(source: string): ParsedDocument {
  const page = createPage(source);
  page.write(source);
  return page.finish();
}

/** A page whose HTML is written in pieces. `source` is the text in which the targets of links are looked up. */
export function createPage(source: string) {
  const outline = createOutline();
  const reader = createPageReader(writeTo(outline), { panels: findPanels(source), base: findBase(source) });
  const parser = new Parser(reader.handler);
  return {
    write: (html: string) => parser.write(html),
    finish(): ParsedDocument {
      parser.end();
      const seen = reader.finish();
      const losses = seen.visible < ALMOST_EMPTY ? findLosses(source, seen) : [];
      const parsed = outline.finish({ visible: seen.visible, losses });
      const title = seen.title.replace(/\s+/g, " ").trim();
      return { ...parsed, title: parsed.title ?? (title === "" ? null : title) };
    },
  };
}

function findLosses(source: string, { frames, images }: { frames: number; images: number }): Loss[] {
  const losses: Loss[] = [];
  if (/<script\b/i.test(source) && /<div[^>]*id\s*=\s*["']?(?:root|app|__next|__nuxt)\b/i.test(source))
    losses.push({
      what: "the page gets its text from a script",
      fix: "open it in a browser and save the page that you see",
    });
  if (frames > 0)
    losses.push({ what: `${frames} embedded pages are not in the file`, fix: "save each of them too" });
  if (images > 0)
    losses.push({
      what: `${images} images have no alternative text`,
      fix: "write their text into the page or its alt attributes",
    });
  return losses;
}
