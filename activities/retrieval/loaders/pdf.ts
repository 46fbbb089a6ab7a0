import { extractText, getDocumentProxy } from "unpdf";
import { createOutline, type ParsedDocument } from "../document.ts";

/** Text by page: a PDF does not say what its headings are. Throws where the file is broken or locked. */
export async function parsePdf(bytes: Uint8Array): Promise<ParsedDocument> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  try {
    const { text } = await extractText(pdf, { mergePages: false });
    const outline = createOutline();
    for (const [index, page] of text.entries()) {
      if (text.length > 1) outline.heading(2, `Page ${index + 1}`);
      outline.text(page);
    }
    const { info } = await pdf.getMetadata();
    const title = (info as { Title?: unknown }).Title;
    return { ...outline.finish(), title: typeof title === "string" && title.trim() !== "" ? title.trim() : null };
  } finally {
    await pdf.cleanup();
  }
}
