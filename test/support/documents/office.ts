import { strToU8, zipSync } from "fflate";

const W =
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"';
const P =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"';
const S =
  'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

interface Related {
  id: string;
  type: string;
  target: string;
  isExternal?: boolean;
}

/** An Office file of these parts. The same parts give the same bytes. */
function createOfficeFile(
  main: { path: string; type: string },
  parts: Readonly<Record<string, string>>,
): Buffer {
  const all = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/${main.path}" ContentType="application/vnd.openxmlformats-officedocument.${main.type}.main+xml"/></Types>`,
    "_rels/.rels": formatRelations([{ id: "rId1", type: "officeDocument", target: main.path }]),
    ...parts,
  };
  const files = Object.entries(all).map(([path, xml]) => [path, strToU8(xml)]);
  return Buffer.from(zipSync(Object.fromEntries(files), { mtime: "2027-01-01T00:00:00" }));
}

function formatRelations(relations: readonly Related[]): string {
  const items = relations.map(
    ({ id, type, target, isExternal = false }) =>
      `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"${isExternal ? ' TargetMode="External"' : ""}/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${items.join("")}</Relationships>`;
}

export function formatParagraph(text: string, style?: string): string {
  const properties = style === undefined ? "" : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`;
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

export function formatWordTable(rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) =>
    row.map((cell) => `<w:tc>${formatParagraph(cell)}</w:tc>`).join("");
  return `<w:tbl>${rows.map((row) => `<w:tr>${cells(row)}</w:tr>`).join("")}</w:tbl>`;
}

/** A text box as Word writes it: once as a drawing, once for old programs. */
export function formatTextBox(text: string): string {
  const content = `<w:txbxContent>${formatParagraph(text)}</w:txbxContent>`;
  return `<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:docPr id="1" name="Box"/><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:txbx>${content}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>${content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`;
}

export interface WordParts {
  body: string;
  header?: string;
  footer?: string;
  footnote?: string;
  comment?: string;
  link?: string;
  /** XML of further styles. */
  styles?: string;
  /** The path of a file to insert, which the body refers to as `chunk`. */
  chunk?: string;
  /** The name of the part with the text. */
  main?: string;
}

/** A Word file. The body refers to the footnote as 2, and to the link as `link`. */
export function createDocx({
  body,
  header = "",
  footer = "",
  footnote = "",
  comment,
  link = "https://shop.example.com/",
  styles = "",
  chunk,
  main = "document",
}: WordParts): Buffer {
  const style = (id: string, name: string) =>
    `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`;
  return createOfficeFile(
    { path: `word/${main}.xml`, type: "wordprocessingml.document" },
    {
      [`word/${main}.xml`]: `<w:document ${W}><w:body>${body}</w:body></w:document>`,
      [`word/_rels/${main}.xml.rels`]: formatRelations([
        { id: "header", type: "header", target: "header1.xml" },
        { id: "footer", type: "footer", target: "footer1.xml" },
        { id: "notes", type: "footnotes", target: "footnotes.xml" },
        { id: "styles", type: "styles", target: "styles.xml" },
        { id: "link", type: "hyperlink", target: link, isExternal: true },
        ...(chunk === undefined ? [] : [{ id: "chunk", type: "aFChunk", target: chunk }]),
      ]),
      "word/header1.xml": `<w:hdr ${W}>${formatParagraph(header)}</w:hdr>`,
      "word/footer1.xml": `<w:ftr ${W}>${formatParagraph(footer)}</w:ftr>`,
      "word/footnotes.xml": `<w:footnotes ${W}><w:footnote w:id="2">${formatParagraph(footnote)}</w:footnote></w:footnotes>`,
      "word/styles.xml": `<w:styles ${W}>${style("Heading1", "heading 1")}${style("Title", "Title")}${styles}</w:styles>`,
      ...(comment === undefined
        ? {}
        : {
            "word/comments.xml": `<w:comments ${W}><w:comment w:id="0">${formatParagraph(comment)}</w:comment></w:comments>`,
          }),
    },
  );
}

export interface SlideParts {
  title: string;
  /** XML of further shapes. */
  shapes?: string;
  isHidden?: boolean;
  notes?: string;
}

export function formatShape(text: string, placeholder = ""): string {
  return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:nvPr>${placeholder}</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`;
}

export function formatSlideTable(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => `<a:tc><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
  return `<p:graphicFrame><a:graphic><a:graphicData><a:tbl>${rows.map((row) => `<a:tr>${row.map(cell).join("")}</a:tr>`).join("")}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
}

/** A PowerPoint file. The files of its slides are numbered against their order, as after slides were moved. */
export function createPptx(slides: readonly SlideParts[]): Buffer {
  const number = (index: number) => slides.length - index;
  const ids = slides.map((_slide, index) => `<p:sldId id="${256 + index}" r:id="s${index}"/>`).join("");
  const parts: Record<string, string> = {
    "ppt/presentation.xml": `<p:presentation ${P}><p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`,
    "ppt/_rels/presentation.xml.rels": formatRelations(
      slides.map((_slide, index) => ({
        id: `s${index}`,
        type: "slide",
        target: `slides/slide${number(index)}.xml`,
      })),
    ),
  };
  for (const [index, { title, shapes = "", isHidden = false, notes }] of slides.entries()) {
    const name = `slide${number(index)}.xml`;
    const shown = `${formatShape(title, '<p:ph type="title"/>')}${shapes}`;
    parts[`ppt/slides/${name}`] =
      `<p:sld ${P}${isHidden ? ' show="0"' : ""}><p:cSld><p:spTree>${shown}</p:spTree></p:cSld></p:sld>`;
    if (notes === undefined) continue;
    parts[`ppt/slides/_rels/${name}.rels`] = formatRelations([
      { id: "n", type: "notesSlide", target: `../notesSlides/${name}` },
    ]);
    parts[`ppt/notesSlides/${name}`] = `<p:notes ${P}>${formatShape(notes)}</p:notes>`;
  }
  return createOfficeFile({ path: "ppt/presentation.xml", type: "presentationml.presentation" }, parts);
}

/** An Excel file. A sheet is the XML of its rows; cell styles: 0 general, 1 date, 2 percent, 3 dollars, 4 time. */
export function createXlsx(
  sheets: readonly { name: string; rows: string; isHidden?: boolean }[],
  strings: readonly string[] = [],
): Buffer {
  const list = sheets.map(
    ({ name, isHidden = false }, index) =>
      `<sheet name="${name}" sheetId="${index + 1}"${isHidden ? ' state="hidden"' : ""} r:id="s${index}"/>`,
  );
  const relations = sheets.map((_sheet, index) => ({
    id: `s${index}`,
    type: "worksheet",
    target: `worksheets/sheet${index}.xml`,
  }));
  const formats = [0, 14, 9, 164, 20].map((id) => `<xf numFmtId="${id}"/>`).join("");
  return createOfficeFile(
    { path: "xl/workbook.xml", type: "spreadsheetml.sheet" },
    {
      "xl/workbook.xml": `<workbook ${S}><sheets>${list.join("")}</sheets></workbook>`,
      "xl/_rels/workbook.xml.rels": formatRelations(relations),
      "xl/sharedStrings.xml": `<sst ${S}>${strings.map((text) => `<si>${text}</si>`).join("")}</sst>`,
      "xl/styles.xml": `<styleSheet ${S}><numFmts><numFmt numFmtId="164" formatCode="&quot;$&quot;#,##0.00"/></numFmts><cellXfs>${formats}</cellXfs></styleSheet>`,
      ...Object.fromEntries(
        sheets.map(({ rows }, index) => [
          `xl/worksheets/sheet${index}.xml`,
          `<worksheet ${S}><sheetData>${rows}</sheetData></worksheet>`,
        ]),
      ),
    },
  );
}

export function formatCell(reference: string, text: string): string {
  return `<c r="${reference}" t="inlineStr"><is><t>${text}</t></is></c>`;
}
