import { describe, expect, it, vi } from "vitest";
import { parsePdf } from "../../../../../activities/answer/retrieval/loaders/pdf/parse-pdf.ts";
import { createPdf, toUcs2Hex } from "../../../../support/documents/pdf.ts";
import { createTextPdf } from "../../../../../infra/sandbox/sample/text-pdf.ts";

const size = 11;

describe("parsePdf", () => {
  it("a PDF has the text of its pages and the title of its metadata", async () => {
    const pdf = createTextPdf("Winter storage", [
      { text: "Storage costs $60.", size },
      { text: "Book early.", size },
    ]);
    expect(await parsePdf(pdf)).toMatchObject({
      title: "Winter storage",
      blocks: [{ headings: [], text: "Storage costs $60.\nBook early." }],
    });
  });

  it("a blank page has no blocks and loses nothing", async () => {
    expect(await parsePdf(createTextPdf("", []))).toMatchObject({ title: null, blocks: [], losses: [] });
  });

  it("scanned pages are named, and count like the others as lost", async () => {
    const words = {
      x: 50,
      y: 700,
      text: "The shop opens at nine and closes at six, every day but Monday and Sunday.",
    };
    const scan = { texts: [], isScan: true };
    const numbered = { texts: [{ x: 300, y: 20, text: "Page 4" }], isScan: true };
    const { blocks, losses, count, pages } = await parsePdf(
      createPdf([{ texts: [words] }, scan, scan, numbered]),
    );
    expect(losses.map(({ what }) => what)).toEqual(["pages 2 to 4 hold no text"]);
    expect(blocks.map(({ headings, text }) => [headings.join(), text])).toEqual([
      ["Page 1", words.text],
      ["Page 4", "Page 4"],
    ]);
    expect(count.kept / count.visible).toBeLessThan(0.3);
    expect(pages.map(({ kept }) => kept)).toEqual([58, 0, 0, 5]);
  });

  it("a PDF with nothing but scanned pages has no text, not even the numbers of its pages", async () => {
    const { blocks, losses } = await parsePdf(createPdf([1, 2, 3].map(() => ({ texts: [], isScan: true }))));
    expect([blocks, losses.map(({ what }) => what)]).toEqual([[], ["pages 1 to 3 hold no text"]]);
  });

  it("columns are read one after the other, and a table row by row with its header", async () => {
    const left = [
      "We open at nine in the morning",
      "and close at six in the even-",
      "ing, but not on holidays.",
    ];
    const right = [
      "Bring the bike back before six,",
      "or pay for another whole day",
      "of the third-",
      "party insurance.",
    ];
    const columns = left.flatMap((text, i) => [
      { x: 50, y: 700 - i * 14, text },
      { x: 300, y: 700 - i * 14, text: right[i] ?? "" },
    ]);
    const table = [
      ["Bike", "Day"],
      ["City", "19"],
      ["Tandem", "38"],
    ].flatMap((row, i) => row.map((text, column) => ({ x: 50 + column * 100, y: 560 - i * 14, text })));
    const last = { x: 300, y: 658, text: right[3] ?? "" };
    const { blocks } = await parsePdf(createPdf([{ texts: [...columns, last, ...table] }]));
    expect(blocks).toEqual([
      {
        headings: [],
        text: "We open at nine in the morning and close at six in the evening, but not on holidays.",
      },
      {
        headings: [],
        text: "Bring the bike back before six, or pay for another whole day of the third-party insurance.",
      },
      { headings: [], text: "Bike | Day\nCity | 19\nTandem | 38", header: "Bike | Day" },
    ]);
  });

  it("Asian texts are read without their fonts", async () => {
    const texts = [
      { x: 50, y: 700, font: "japanese" as const, hex: toUcs2Hex("冬の保管") },
      { x: 50, y: 600, font: "chinese" as const, hex: toUcs2Hex("星期一休息") },
      { x: 50, y: 500, font: "korean" as const, hex: toUcs2Hex("월요일") },
      { x: 50, y: 400, font: "shiftJis" as const, hex: "8cae" },
    ];
    const { blocks } = await parsePdf(createPdf([{ texts }]));
    expect(blocks.map(({ text }) => text).join(" ")).toMatch(/冬の保管\s星期一休息\s월요일\s鍵/);
  });

  it("values of form fields and addresses of links stay", async () => {
    const page = {
      texts: [{ x: 50, y: 700, text: "Book here" }],
      links: [{ address: "https://shop.example.com/b", rect: [48, 696, 110, 712] }],
      fields: [{ value: "Closed on 24 December", rect: [50, 600, 300, 616] }],
    };
    const { blocks, count } = await parsePdf(createPdf([page]));
    expect(blocks.map(({ text }) => text)).toEqual([
      "Book here (https://shop.example.com/b)",
      "Closed on 24 December",
    ]);
    expect(count).toEqual({ visible: 26, kept: 26 });
  });

  it.each([
    ["Microsoft Word - Document1.docx", null],
    ["untitled", null],
    ["Microsoft Word - Winter storage.docx", "Winter storage"],
    ["Presentation 2", null],
    ["Price list 2027", "Price list 2027"],
  ])("the title %s becomes %s", async (title, expected) => {
    const pdf = createPdf([{ texts: [{ x: 50, y: 700, text: "Words" }] }], title);
    expect((await parsePdf(pdf)).title).toBe(expected);
  });

  it("a broken file throws an error and prints nothing to the console", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const whole = createTextPdf("T", [{ text: "Text", size }]);
    for (const bytes of [
      Buffer.from("hello"),
      Buffer.from("%PDF-1.4\n1 0 obj\n<<"),
      Buffer.alloc(0),
      whole.subarray(0, 60),
    ]) {
      await expect(parsePdf(bytes)).rejects.toThrow(/PDF/);
    }
    expect([...log.mock.calls, ...warn.mock.calls]).toEqual([]);
    vi.restoreAllMocks();
  });

  it("the bytes of the caller are unchanged", async () => {
    const pdf = createTextPdf("T", [{ text: "Text", size }]);
    const before = pdf.toString("latin1");
    await parsePdf(pdf);
    expect(pdf.toString("latin1")).toBe(before);
  });
});
