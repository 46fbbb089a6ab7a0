import { describe, expect, it, vi } from "vitest";
import { parsePdf } from "../../../../../activities/answer/retrieval/loaders/pdf.ts";
import { createTextPdf } from "../../../../../infra/sandbox/sample/text-pdf.ts";

const size = 11;

describe("parsePdf", () => {
  it("takes the text of a page and the title of the file", async () => {
    const pdf = createTextPdf("Winter storage", [
      { text: "Storage costs $60.", size },
      { text: "Book early.", size },
    ]);
    expect(await parsePdf(pdf)).toEqual({
      title: "Winter storage",
      blocks: [{ headings: [], text: "Storage costs $60.\nBook early." }],
    });
  });

  it("has no blocks where a page holds no text, as a scan does", async () => {
    expect(await parsePdf(createTextPdf("", []))).toEqual({ title: null, blocks: [] });
  });

  it("refuses broken files with an error and without a word on the console", async () => {
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

  it("leaves the caller's bytes alone", async () => {
    const pdf = createTextPdf("T", [{ text: "Text", size }]);
    const before = pdf.toString("latin1");
    await parsePdf(pdf);
    expect(pdf.toString("latin1")).toBe(before);
  });
});
