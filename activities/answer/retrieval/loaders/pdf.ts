import { extractText, getDocumentProxy } from "unpdf";
import { createOutline, type ParsedDocument } from "../document.ts";
import { joinWrappedLines } from "./wrapped-lines.ts";

/** Errors only: the library's warnings about odd files go to stdout, which belongs to a command's own output. */
const QUIET = { verbosity: 0 };

/** Text by page: a PDF does not say what its headings are. Throws where the file is broken or locked. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes), QUIET);
  try {
    const { text } = await extractText(pdf, { mergePages: false });
    const outline = createOutline();
    for (const [index, page] of text.entries()) {
      if (text.length > 1) outline.heading(2, `Page ${index + 1}`);
      outline.text(joinWrappedLines(page));
    }
    const { info } = await pdf.getMetadata();
    const title = (info as { Title?: unknown }).Title;
    return {
      ...outline.finish(),
      title: typeof title === "string" && title.trim() !== "" ? title.trim() : null,
    };
  } finally {
    await pdf.cleanup();
  }
}
