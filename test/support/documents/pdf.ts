/** A text at a place, in points from the lower left corner. `hex` is text in the encoding of its font. */
export interface PdfText {
  x: number;
  y: number;
  text?: string;
  hex?: string;
  size?: number;
  /** The name of a font of the file. The default is Helvetica. */
  font?: keyof typeof FONTS;
}

export interface PdfPage {
  texts: PdfText[];
  /** Places of links, from left and bottom to right and top. */
  links?: { address: string; rect: readonly number[] }[];
  fields?: { value: string; rect: readonly number[] }[];
  /** Shows an image of one grey point over the whole page, as a scan does. */
  isScan?: boolean;
  /** A compressed content in place of the texts. */
  deflated?: Buffer;
  /** Degrees, clockwise. */
  turned?: number;
}

/** Fonts that are not in the file: a reader needs its own tables for them. */
const FONTS = {
  latin: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  ligatures:
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /fi /fl] >> >>",
  japanese: createAsianFont("HeiseiMin-W3", "UniJIS-UCS2-H", "Japan1"),
  shiftJis: createAsianFont("HeiseiKakuGo-W5", "90ms-RKSJ-H", "Japan1"),
  chinese: createAsianFont("STSong-Light", "UniGB-UCS2-H", "GB1"),
  korean: createAsianFont("HYSMyeongJo-Medium", "UniKS-UCS2-H", "Korea1"),
} as const;
const FONT_NAMES = Object.keys(FONTS) as (keyof typeof FONTS)[];
const FIRST_FONT = 4;
const IMAGE = FIRST_FONT + FONT_NAMES.length;

/** Text for a font with a `UCS2` encoding. */
export function toUcs2Hex(text: string): string {
  return Buffer.from(text, "utf16le").swap16().toString("hex");
}

/** A PDF with the same bytes on every run. */
export function createPdf(pages: readonly PdfPage[], title = ""): Buffer {
  const objects: string[] = [];
  const kids: number[] = [];
  const fields: number[] = [];
  const first = IMAGE + 1;
  const add = (object: string) => first + objects.push(object) - 1;
  for (const page of pages) {
    const notes = (page.links ?? []).map(({ address, rect }) =>
      add(`<< /Type /Annot /Subtype /Link /Rect [${rect.join(" ")}] /A << /S /URI /URI (${address}) >> >>`),
    );
    for (const { value, rect } of page.fields ?? []) {
      const id = add(
        `<< /Type /Annot /Subtype /Widget /FT /Tx /T (f${fields.length}) /V (${value}) /Rect [${rect.join(" ")}] >>`,
      );
      fields.push(id);
      notes.push(id);
    }
    const { deflated } = page;
    const content = add(
      deflated === undefined
        ? formatStream(formatContent(page))
        : formatStream(deflated.toString("latin1"), "/Filter /FlateDecode"),
    );
    kids.push(
      add(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate ${page.turned ?? 0} /Contents ${content} 0 R ` +
          `/Annots [${notes.map(toReference).join(" ")}] /Resources << /Font << ${FONT_NAMES.map((name, index) => `/${name} ${FIRST_FONT + index} 0 R`).join(" ")} >> ` +
          `/XObject << /scan ${IMAGE} 0 R >> >> >>`,
      ),
    );
  }
  return assemble([
    `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${fields.map(toReference).join(" ")}] >> >>`,
    `<< /Type /Pages /Kids [${kids.map(toReference).join(" ")}] /Count ${kids.length} >>`,
    `<< /Title (${title}) >>`,
    ...FONT_NAMES.map((name) => FONTS[name]),
    formatStream(
      "\x80",
      "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
    ),
    ...objects,
  ]);
}

function formatContent({ texts, isScan = false }: PdfPage): string {
  const shown = texts.map(({ x, y, text = "", hex, size = 11, font = "latin" }) => {
    const string = hex === undefined ? `(${text.replace(/[()\\]/g, "\\$&")})` : `<${hex}>`;
    return `BT /${font} ${size} Tf ${x} ${y} Td ${string} Tj ET`;
  });
  return [...(isScan ? ["q 595 0 0 842 0 0 cm /scan Do Q"] : []), ...shown].join("\n");
}

function createAsianFont(name: string, encoding: string, ordering: string): string {
  const system = `/CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >>`;
  const descriptor = `/FontDescriptor << /Type /FontDescriptor /FontName /${name} /Flags 6 /FontBBox [-100 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>`;
  const descendant = `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /${name} ${system} /DW 1000 ${descriptor} >>`;
  return `<< /Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /${encoding} /DescendantFonts [ ${descendant} ] >>`;
}

function formatStream(content: string, entries = ""): string {
  return `<< ${entries} /Length ${Buffer.byteLength(content, "latin1")} >>\nstream\n${content}\nendstream`;
}

function toReference(id: number): string {
  return `${id} 0 R`;
}

/** Objects numbered from 1, the table of their byte offsets, and the trailer. */
function assemble(objects: readonly string[]): Buffer {
  let file = "%PDF-1.4\n";
  const offsets: string[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(`${String(file.length).padStart(10, "0")} 00000 n \n`);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join("")}`;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R /Info 3 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(`${file}${table}${trailer}`, "latin1");
}
