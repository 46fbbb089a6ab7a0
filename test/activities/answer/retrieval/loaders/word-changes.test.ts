import { describe, expect, it } from "vitest";
import { parseDocx } from "../../../../../activities/answer/retrieval/loaders/office/parse-docx.ts";
import { createDocx, formatParagraph, formatTextBox } from "../../../../support/documents/office.ts";

const HIDDEN = "hidden text is left out";
const DELETED = "deleted text of tracked changes is left out";
const STYLES = `<w:style w:type="character" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>
  <w:style w:type="character" w:styleId="Deep"><w:basedOn w:val="Secret"/></w:style>
  <w:style w:type="character" w:styleId="Open"><w:basedOn w:val="Open"/></w:style>
  <w:style w:type="paragraph" w:styleId="Note"><w:rPr><w:vanish/></w:rPr></w:style>`;
const BOX = `<wps:wsp><wps:txbx><w:txbxContent>${formatParagraph("Boxed")}</w:txbxContent></wps:txbx></wps:wsp>`;
const DRAWING = `<w:drawing><wp:anchor>${BOX}${BOX}</wp:anchor></w:drawing>`;

describe("parseDocx", () => {
  it.each([
    ["hidden text", formatBare(formatRun("Shown") + formatRun("Secret", "<w:vanish/>")), ["Shown"], [HIDDEN]],
    ["text of a hidden style", formatBare(formatRun("Secret", '<w:rStyle w:val="Deep"/>')), [], [HIDDEN]],
    ["text of a hidden paragraph style", formatParagraph("Secret", "Note"), [], [HIDDEN]],
    ["a hidden text box", formatBare(`<w:r><w:rPr><w:vanish/></w:rPr>${DRAWING}</w:r>`), [], [HIDDEN]],
    [
      "deleted text",
      formatBare(
        formatRun("Shown") + formatChange("del", formatRun("Gone").replaceAll("w:t>", "w:delText>")),
      ),
      ["Shown"],
      [DELETED],
    ],
    [
      "deleted text in the notation of other programs",
      formatBare(formatChange("del", formatRun("Gone"))),
      [],
      [DELETED],
    ],
    [
      "a deleted row",
      `<w:tbl>${formatRow("Gone", "<w:trPr><w:del/></w:trPr>")}${formatRow("Kept")}</w:tbl>`,
      ["Kept"],
      [DELETED],
    ],
    [
      "the old place of moved text",
      formatBare(formatChange("moveFrom", formatRun("Moved"))) +
        formatBare(formatChange("moveTo", formatRun("Moved"))),
      ["Moved"],
      [],
    ],
  ])("%s is left out on purpose, and does not count as lost", async (_name, body, texts, losses) => {
    const parsed = await parseDocx(createDocx({ body, styles: STYLES }));
    expect(parsed.blocks.map(({ text }) => text)).toEqual(texts);
    expect(parsed.losses.map(({ what, isOnPurpose }) => [what, isOnPurpose])).toEqual(
      losses.map((what) => [what, true]),
    );
    expect(parsed.count.kept).toBe(parsed.count.visible);
  });

  it("hidden and deleted text of a page header and of a footnote is left out", async () => {
    const text = `A</w:t></w:r>${formatChange("del", formatRun("Gone"))}${formatRun("Secret", "<w:vanish/>")}<w:r><w:t>B`;
    const body = formatBare(`<w:r><w:footnoteReference w:id="2"/></w:r>`);
    const { blocks } = await parseDocx(createDocx({ body, header: text, footnote: text }));
    expect(blocks.map((block) => block.text)).toEqual(["[1]", "1. AB", "AB"]);
  });

  it.each([
    ["inserted text", formatBare(formatChange("ins", formatRun("New"))), ["New"]],
    [
      "text that is shown in spite of its style",
      formatBare(formatRun("Shown", '<w:rStyle w:val="Secret"/><w:vanish w:val="0"/>')),
      ["Shown"],
    ],
    [
      "text of a style that is based on itself",
      formatBare(formatRun("Shown", '<w:rStyle w:val="Open"/>')),
      ["Shown"],
    ],
    [
      "text that was hidden before a change",
      formatBare(formatRun("Shown", `<w:rPrChange w:id="1"><w:rPr><w:vanish/></w:rPr></w:rPrChange>`)),
      ["Shown"],
    ],
    [
      "text before a hidden paragraph mark",
      formatBare(`<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>${formatRun("Shown")}`),
      ["Shown"],
    ],
    ["a text box with an old copy", formatTextBox("Boxed"), ["Boxed"]],
    ["a text box without an old copy", formatBare(`<w:r>${DRAWING}</w:r>`), ["Boxed", "Boxed"]],
    [
      "a text box with a picture as its old copy",
      formatBare(`<w:r>${formatAlternate(DRAWING, "<w:drawing/>")}</w:r>`),
      ["Boxed", "Boxed"],
    ],
    [
      "the text of a simple field",
      formatBare(`<w:fldSimple w:instr="REF x">${formatRun("Field")}</w:fldSimple>`),
      ["Field"],
    ],
    [
      "text with a direction",
      formatBare(
        `<w:dir w:val="rtl">${formatRun("One")}</w:dir><w:bdo w:val="rtl">${formatRun("Two")}</w:bdo>`,
      ),
      ["OneTwo"],
    ],
    [
      "text with a reading aid",
      formatBare(
        `<w:r><w:ruby><w:rt>${formatRun("kan")}</w:rt><w:rubyBase>${formatRun("漢")}</w:rubyBase></w:ruby></w:r>`,
      ),
      ["kan漢"],
    ],
  ])("%s stays", async (_name, body, texts) => {
    const { blocks, count, losses } = await parseDocx(createDocx({ body, styles: STYLES }));
    expect(blocks.map(({ text }) => text)).toEqual(texts);
    expect({ losses, kept: count.kept }).toEqual({ losses: [], kept: count.visible });
  });

  it("an inserted file is reported as lost", async () => {
    const { losses } = await parseDocx(
      createDocx({ body: '<w:altChunk r:id="chunk"/>', chunk: "part.html" }),
    );
    expect(losses).toEqual([
      { what: "an inserted file is not in the text", fix: "open the document in Word and save it again" },
    ]);
  });

  it("a hidden field ends where it ends, and the text after it is no link", async () => {
    const field = (type: string) =>
      `<w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType="${type}"/></w:r>`;
    const begin = `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://shop.example.com"</w:instrText></w:r>`;
    const body = formatBare(
      `${begin}${field("separate")}${formatRun("Secret", "<w:vanish/>")}${field("end")}${formatRun("After")}`,
    );
    const { blocks } = await parseDocx(createDocx({ body }));
    expect(blocks.map(({ text }) => text)).toEqual(["After"]);
  });
});

function formatRun(text: string, properties = ""): string {
  return `<w:r><w:rPr>${properties}</w:rPr><w:t>${text}</w:t></w:r>`;
}

function formatBare(content: string): string {
  return `<w:p>${content}</w:p>`;
}

function formatChange(name: string, content: string): string {
  return `<w:${name} w:id="1">${content}</w:${name}>`;
}

function formatRow(text: string, properties = ""): string {
  return `<w:tr>${properties}<w:tc>${formatParagraph(text)}</w:tc></w:tr>`;
}

function formatAlternate(choice: string, fallback: string): string {
  return `<mc:AlternateContent><mc:Choice Requires="wps">${choice}</mc:Choice><mc:Fallback>${fallback}</mc:Fallback></mc:AlternateContent>`;
}
