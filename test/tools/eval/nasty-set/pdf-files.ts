import { createPdf, type PdfText, toUcs2Hex } from "../../../support/documents/pdf.ts";
import type { NastyFile } from "./nasty-file.ts";

const LEFT = [
  "The workshop is open from Tuesday to Friday between",
  "nine and six. On Saturday we close at four, and on Mon-",
  "day the whole house is closed. Use the other gate if",
  "the door is locked.",
];
const RIGHT = [
  "A rented bike comes back one hour before we close.",
  "Each later hour costs eight dollars. The third-party",
  "insurance is included, and the helmet is lent for",
  "nothing at all.",
];
const TABLE = [
  ["Bike", "Day", "Week"],
  ["City", "19", "95"],
  ["Tandem", "38", "190"],
];

/** Both columns line by line, as some programs write them. */
function writeColumns(): PdfText[] {
  return LEFT.flatMap((text, line) => [
    { x: 50, y: 700 - line * 14, text, size: 10 },
    { x: 320, y: 700 - line * 14, text: RIGHT[line] ?? "", size: 10 },
  ]);
}

function writeTable(): PdfText[] {
  return TABLE.flatMap((row, line) =>
    row.map((text, column) => ({ x: 50 + column * 90, y: 560 - line * 14, text })),
  );
}

/** PDFs with columns, joined letters, Asian fonts that are not in the file, links, fields and turned pages. */
export const PDF_FILES: readonly NastyFile[] = [
  {
    name: "two-columns.pdf",
    content: createPdf([
      {
        texts: [
          { x: 50, y: 760, text: "Rules of the house", size: 18 },
          ...writeColumns(),
          ...writeTable(),
          { x: 50, y: 480, text: "Book here" },
        ],
        links: [{ address: "https://shop.example.com/book", rect: [48, 476, 110, 492] }],
        fields: [{ value: "Closed on 24 December", rect: [50, 430, 300, 446] }],
      },
    ]),
    visible:
      "Rules of the house The workshop is open from Tuesday to Friday between nine and six. On Saturday we close at four, and on Monday the whole house is closed. Use the other gate if the door is locked. A rented bike comes back one hour before we close. Each later hour costs eight dollars. The third-party insurance is included, and the helmet is lent for nothing at all. Bike Day Week City 19 95 Tandem 38 190 Book here Closed on 24 December",
  },
  {
    name: "asian.pdf",
    content: createPdf([
      {
        texts: [
          { x: 60, y: 700, font: "japanese", hex: toUcs2Hex("冬の保管は六十ドルです。") },
          { x: 60, y: 660, font: "chinese", hex: toUcs2Hex("星期一休息。") },
          { x: 60, y: 620, font: "korean", hex: toUcs2Hex("월요일은 쉽니다") },
          { x: 60, y: 580, font: "shiftJis", hex: "8cae82f08e9d82c182c482ad82be82b382a2" },
        ],
      },
    ]),
    visible: "冬の保管は六十ドルです。 星期一休息。 월요일은 쉽니다 鍵を持ってください",
  },
  {
    name: "ligatures.pdf",
    content: createPdf([
      {
        texts: [
          {
            x: 50,
            y: 700,
            font: "ligatures",
            hex: Buffer.from("The \x01rst of\x01ce is on the \x02oor above.").toString("hex"),
          },
        ],
      },
      { texts: [{ x: 50, y: 700, text: "A second page (with brackets)." }], turned: 90 },
    ]),
    visible: "The first office is on the floor above. A second page (with brackets).",
  },
];
