import {
  createDocx,
  createPptx,
  createXlsx,
  formatCell,
  formatParagraph,
  formatShape,
  formatSlideTable,
  formatTextBox,
  formatWordTable,
} from "../../../support/documents/office.ts";
import type { NastyFile } from "./nasty-file.ts";

const RUNS =
  '<w:p><w:r><w:t xml:space="preserve">Split </w:t></w:r><w:r><w:t>wo</w:t></w:r><w:r><w:t>rds</w:t><w:tab/><w:t>after a tab</w:t><w:br/><w:t>on a new line</w:t></w:r></w:p>';
const CHANGES =
  '<w:p><w:hyperlink r:id="link"><w:r><w:t>booking page</w:t></w:r></w:hyperlink><w:ins w:id="1" w:author="x"><w:r><w:t xml:space="preserve"> added</w:t></w:r></w:ins><w:del w:id="2" w:author="x"><w:r><w:delText>removed</w:delText></w:r></w:del></w:p>';
const NOTE = '<w:p><w:r><w:t>Noted</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>';
const CONTROL = `<w:sdt><w:sdtContent>${formatParagraph("In a control")}</w:sdtContent></w:sdt>`;

/** Word, PowerPoint and Excel files with text outside of plain paragraphs. */
export const OFFICE_FILES: readonly NastyFile[] = [
  {
    name: "handbook.docx",
    content: createDocx({
      body: [
        formatParagraph("Handbook", "Title"),
        formatParagraph("Storage", "Heading1"),
        RUNS,
        CHANGES,
        formatWordTable([
          ["Bike", "Day"],
          ["City", "19"],
        ]),
        CONTROL,
        formatTextBox("In a box"),
        NOTE,
      ].join(""),
      header: "Pier Road 9",
      footer: "Phone 555 0188",
      footnote: "For members only",
      comment: "An internal remark",
    }),
    visible:
      "Handbook Storage Split words after a tab on a new line booking page added Bike Day City 19 In a control In a box Noted 1 For members only Pier Road 9 Phone 555 0188",
  },
  {
    name: "talk.pptx",
    content: createPptx([
      {
        title: "Welcome",
        shapes: `<p:grpSp>${formatShape("Grouped words")}</p:grpSp>`,
        notes: "Do not say this",
      },
      {
        title: "Prices",
        shapes: formatSlideTable([
          ["Bike", "Day"],
          ["City", "19"],
        ]),
      },
      { title: "Draft", isHidden: true },
    ]),
    visible: "Welcome Grouped words Prices Bike Day City 19",
  },
  {
    name: "prices.xlsx",
    content: createXlsx(
      [
        {
          name: "Rental 2027",
          rows: [
            `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>${formatCell("C1", "From")}${formatCell("D1", "Discount")}${formatCell("E1", "Opens")}</row>`,
            `<row r="2">${formatCell("A2", "City")}<c r="B2" s="3"><v>19.5</v></c><c r="C2" s="1"><v>46388</v></c><c r="D2" s="2"><v>0.15</v></c><c r="E2" s="4"><v>0.375</v></c></row>`,
            `<row r="5">${formatCell("A5", "Ask for groups")}</row>`,
          ].join(""),
        },
        { name: "Margins", isHidden: true, rows: `<row r="1">${formatCell("A1", "secret")}</row>` },
      ],
      ["<t>Bike</t>", "<r><t>Day </t></r><r><t>price</t></r><rPh><t>ヨミ</t></rPh>"],
    ),
    visible: "Bike Day price From Discount Opens City $19.50 2027-01-01 15% 9:00 Ask for groups",
  },
];
