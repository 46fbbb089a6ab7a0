import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { openPackage } from "../../../../../activities/answer/retrieval/loaders/office/office-package.ts";
import { parseDocx } from "../../../../../activities/answer/retrieval/loaders/office/parse-docx.ts";
import { parsePptx } from "../../../../../activities/answer/retrieval/loaders/office/parse-pptx.ts";
import { parseXlsx } from "../../../../../activities/answer/retrieval/loaders/office/parse-xlsx.ts";
import {
  createDocx,
  createPptx,
  createXlsx,
  formatCell,
  formatParagraph,
  formatShape,
  formatTextBox,
  formatWordTable,
} from "../../../../support/documents/office.ts";

describe("parseDocx", () => {
  it("titles, headings, tables, text boxes, footnotes, page headers and page footers stay", async () => {
    const { title, blocks, count } = await parseDocx(
      createDocx({
        body: [
          formatParagraph("Handbook", "Title"),
          formatParagraph("Storage", "Heading1"),
          formatWordTable([
            ["Bike", "Day"],
            ["City", "19"],
          ]),
          formatTextBox("In a box"),
          '<w:p><w:r><w:t>Noted</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>',
        ].join(""),
        header: "Pier Road 9",
        footer: "Phone 555 0188",
        footnote: "Members only",
      }),
    );
    expect(title).toBe("Handbook");
    expect(blocks.map(({ headings, text }) => [headings.join(), text])).toEqual([
      ["Storage", "Bike | Day\nCity | 19"],
      ["Storage", "In a box"],
      ["Storage", "Noted[1]"],
      ["Storage", "1. Members only"],
      ["", "Pier Road 9"],
      ["", "Phone 555 0188"],
    ]);
    expect(count.kept).toBeGreaterThanOrEqual(count.visible);
  });

  it("a file of Word for the web, with another name for its text, keeps its page header and is counted", async () => {
    const body = formatParagraph("Words");
    const { blocks, count } = await parseDocx(createDocx({ body, header: "Pier Road 9", main: "document2" }));
    expect(blocks.map(({ text }) => text)).toEqual(["Words", "Pier Road 9"]);
    expect(count).toEqual({ visible: 14, kept: 14 });
  });

  it("the description of an image stays", async () => {
    const graphic =
      '<a:graphic><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip r:embed="chunk"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>';
    const body = `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="Plan"/>${graphic}</wp:inline></w:drawing></w:r></w:p>`;
    const { blocks } = await parseDocx(createDocx({ body, chunk: "media/plan.png" }));
    expect(blocks.map(({ text }) => text)).toEqual(["Plan"]);
  });

  it("comments are left out on purpose, which is reported", async () => {
    const { blocks, losses } = await parseDocx(
      createDocx({ body: formatParagraph("Words"), comment: "Internal" }),
    );
    expect(blocks.map(({ text }) => text)).toEqual(["Words"]);
    expect(losses).toMatchObject([{ what: "comments are left out", isOnPurpose: true }]);
  });
});

describe("parsePptx", () => {
  it("slides are in the order of the show; hidden slides and speaker notes are left out", () => {
    const file = createPptx([
      { title: "Welcome", shapes: `<p:grpSp>${formatShape("Grouped")}</p:grpSp>`, notes: "Internal" },
      { title: "Draft", isHidden: true },
      { title: "Prices", shapes: formatShape("A day costs 19.") },
    ]);
    const { title, blocks, losses, pages } = parsePptx(file);
    expect(title).toBe("Welcome");
    expect(blocks.map(({ headings, text }) => [headings.join(), text])).toEqual([
      ["", "Grouped"],
      ["Prices", "A day costs 19."],
    ]);
    expect(losses.map(({ what }) => what)).toEqual([
      "slide 2 is hidden and left out",
      "speaker notes are left out",
    ]);
    expect(pages.map(({ name }) => name)).toEqual(["slide 1", "slide 3"]);
  });
});

describe("parseXlsx", () => {
  it("cells have the text that a reader sees, and hidden sheets are left out", () => {
    const rows = [
      `<row r="1">${formatCell("A1", "Bike")}${formatCell("B1", "Price")}${formatCell("C1", "From")}${formatCell("E1", "Off")}</row>`,
      `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="3"><v>1234.5</v></c><c r="C2" s="1"><v>46388</v></c><c r="E2" s="2"><v>0.15</v></c></row>`,
      `<row r="3">${formatCell("A3", "Tandem")}<c r="B3"><f>A1</f><v>0.30000000000000004</v></c><c r="C3" t="e"><v>#N/A</v></c></row>`,
      `<row r="9">${formatCell("A9", "Ask us")}</row>`,
    ].join("");
    const hidden = {
      name: "Margins",
      rows: `<row r="1">${formatCell("A1", "secret")}</row>`,
      isHidden: true,
    };
    const { blocks, losses } = parseXlsx(createXlsx([{ name: "Rental", rows }, hidden], ["<t>City</t>"]));
    expect(blocks).toEqual([
      {
        headings: ["Rental"],
        text: "Bike | Price | From | | Off\nCity | $1,234.50 | 2027-01-01 | | 15%\nTandem | 0.3",
        header: "Bike | Price | From | | Off",
      },
      { headings: ["Rental"], text: "Ask us" },
    ]);
    expect(losses.map(({ what }) => what)).toEqual(['sheet "Margins" is hidden and left out']);
  });
});

describe("openPackage", () => {
  it("a file of an old format, or with a password, says what to do", () => {
    const old = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]);
    expect(() => openPackage(old)).toThrow(/without a password in today's format/);
  });

  it("a file that expands to more than 200 MB is refused before it is expanded", () => {
    const bomb = zipSync({ "word/document.xml": new Uint8Array(201 * 1024 * 1024) });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(() => openPackage(bomb)).toThrow(/expands to more than 200 MB/);
  });
});
