import { extractText, getDocumentProxy } from "unpdf";
import { createOutline, type ParsedDocument } from "../document.ts";
import { joinWrappedLines } from "./wrapped-lines.ts";

/** Errors only: the library writes warnings to stdout, which is for the output of a command. */
const QUIET = { verbosity: 0 };

/** Text by page, because a PDF does not mark its headings. Throws for a broken or locked file. */
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
