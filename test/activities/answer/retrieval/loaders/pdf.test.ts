import { describe, expect, it, vi } from "vitest";
import { parsePdf } from "../../../../../activities/answer/retrieval/loaders/pdf.ts";
import { createTextPdf } from "../../../../../infra/sandbox/sample/text-pdf.ts";

const size = 11;

describe("parsePdf", () => {
  it("a PDF has the text of its pages and the title of its metadata", async () => {
    const pdf = createTextPdf("Winter storage", [
      { text: "Storage costs $60.", size },
      { text: "Book early.", size },
    ]);
    expect(await parsePdf(pdf)).toEqual({
      title: "Winter storage",
      blocks: [{ headings: [], text: "Storage costs $60.\nBook early." }],
    });
  });

  it("a page without text, such as a scan, has no blocks", async () => {
    expect(await parsePdf(createTextPdf("", []))).toEqual({ title: null, blocks: [] });
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
