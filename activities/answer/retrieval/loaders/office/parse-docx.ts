import { posix } from "node:path";
import { zipSync } from "fflate";
import mammoth from "mammoth";
import { countLetters, type Loss, type ParsedDocument } from "../../document.ts";
import { createPage } from "../html/parse-html.ts";
import { findHiddenStyles } from "./hidden-styles.ts";
import { keepShownText } from "./keep-shown-text.ts";
import {
  createPackage,
  findXmlEncoding,
  type OfficePackage,
  type Parts,
  unzipParts,
} from "./office-package.ts";
import { readGraphics } from "./read-graphics.ts";

/** Word's own title style is a heading too. */
const STYLES = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => p:fresh",
  "comment-reference => !",
];
const LEFT_OUT = [
  { reason: "hidden", what: "hidden text is left out", fix: "show it if contacts may read it" },
  {
    reason: "deleted",
    what: "deleted text of tracked changes is left out",
    fix: "reject the deletion if contacts may read it",
  },
];

/** A Word document by way of HTML. Its page headers, page footers and diagrams, which the library does not read, follow. */
export async function parseDocx(bytes: Uint8Array): Promise<ParsedDocument> {
  const files = unzipParts(bytes);
  const parts = createPackage(files);
  const main = findMain(parts);
  const leftOut = leaveOutHidden(files, main);
  const shown = zipSync(files, { level: 0 });
  const { value: html } = await mammoth.convertToHtml(
    { buffer: Buffer.from(shown.buffer, shown.byteOffset, shown.byteLength) },
    // Without this an image would become megabytes of text.
    { styleMap: STYLES, convertImage: mammoth.images.imgElement(async () => ({ src: "" })) },
  );
  const page = createPage(html);
  page.write(html.replace(FOOTNOTE_ARROWS, ""));
  const around = readAround(parts, main);
  page.write(around.map((text) => `<footer><p>${escapeHtml(text)}</p></footer>`).join(""));
  const parsed = page.finish();
  const visible = countShown(parts, main) + countLetters(around.join(" "));
  return { ...parsed, count: { ...parsed.count, visible }, losses: [...findLosses(parts, main), ...leftOut] };
}

/** Word for the web has other names for the part of the text. */
function findMain(parts: OfficePackage): string {
  const found = [...parts.relations("").values()].find(({ type }) => type === "officeDocument");
  return found?.target ?? "word/document.xml";
}

/** Replaces the parts by what Word shows of them. */
function leaveOutHidden(files: Parts, main: string): Loss[] {
  const folder = posix.dirname(main);
  const styles = findHiddenStyles(createPackage(files));
  const found = new Set<string>();
  for (const [path, bytes] of Object.entries(files)) {
    if (posix.dirname(path) !== folder || !path.endsWith(".xml")) continue;
    const source = new TextDecoder(findXmlEncoding(bytes)).decode(bytes);
    const { xml, reasons } = keepShownText(source, styles);
    if (xml !== source) files[path] = new TextEncoder().encode(xml);
    for (const reason of reasons) found.add(reason);
  }
  return LEFT_OUT.filter(({ reason }) => found.has(reason)).map(({ what, fix }) => ({
    what,
    fix,
    isOnPurpose: true,
  }));
}

/** The links back from the footnotes. */
const FOOTNOTE_ARROWS = /<a href="#(?:footnote|endnote)-ref-[^"]*">[^<]*<\/a>/g;

/** Each text of page headers and footers once: the first page and the even pages often have the same. */
function readAround(parts: OfficePackage, main: string): string[] {
  const texts = [...parts.relations(main).values()]
    .filter(({ type }) => type === "header" || type === "footer")
    .flatMap(({ target }) => readParagraphs(parts, target));
  const graphics = readGraphics(parts, main);
  return [...new Set([...texts, ...graphics])].filter((text) => text.trim() !== "");
}

function readParagraphs(parts: OfficePackage, path: string): string[] {
  const paragraphs: string[] = [];
  let words = "";
  readShown(parts, path, {
    word: (text) => (words += text),
    end() {
      paragraphs.push(words);
      words = "";
    },
  });
  return paragraphs;
}

/** What a reader of the body and the notes sees, counted without the library. */
function countShown(parts: OfficePackage, main: string): number {
  let letters = 0;
  for (const path of [main, "word/footnotes.xml", "word/endnotes.xml"])
    readShown(parts, path, { word: (text) => (letters += countLetters(text)), end: () => undefined });
  return letters;
}

/** Calls `word` for each run of text. The fallback of a drawing repeats the text of the drawing. */
function readShown(
  parts: OfficePackage,
  path: string,
  { word, end }: { word(text: string): void; end(): void },
): void {
  let fallbacks = 0;
  let isText = false;
  parts.read(path, {
    open(name) {
      if (name === "Fallback") fallbacks++;
      isText = name === "t" && fallbacks === 0;
      if (fallbacks === 0 && (name === "tab" || name === "br")) word(" ");
    },
    close(name) {
      if (name === "Fallback") fallbacks--;
      if (name === "p" && fallbacks === 0) end();
      isText = false;
    },
    text(text) {
      if (isText) word(text);
    },
  });
}

function findLosses(parts: OfficePackage, main: string): Loss[] {
  const losses: Loss[] = [];
  // Word reads such a file into the document when it saves it.
  if ([...parts.relations(main).values()].some(({ type }) => type === "aFChunk"))
    losses.push({
      what: "an inserted file is not in the text",
      fix: "open the document in Word and save it again",
    });
  const hasComments = parts.list("word").includes("word/comments.xml");
  const fix = "move a comment into the text if contacts may read it";
  if (hasComments) losses.push({ what: "comments are left out", fix, isOnPurpose: true });
  return losses;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
