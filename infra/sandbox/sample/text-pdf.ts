export interface PdfLine {
  text: string;
  /** In points. */
  size: number;
}

/**
 * A one-page PDF of plain lines, with the same bytes on every run. ASCII without brackets and backslashes only: other letters need an
 * encoding table, and those characters need escapes.
 */
export function createTextPdf(title: string, lines: readonly PdfLine[]): Buffer {
  const unfit = [title, ...lines.map(({ text }) => text)].find(
    (text) => !/^[ -~]*$/.test(text) || /[()\\]/.test(text),
  );
  if (unfit !== undefined)
    throw new Error(`The line "${unfit}" has a bracket, backslash or letter beyond ASCII: use plain ASCII.`);
  const content = `BT 56 780 Td ${lines.map(formatLine).join("\n")} ET`;
  return assemble([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    `<< /Title (${title}) >>`,
  ]);
}

function formatLine({ text, size }: PdfLine): string {
  return `/F1 ${size} Tf 0 -${Math.round(size * 1.4)} Td (${text}) Tj`;
}

/** Objects numbered from 1, the table of their byte offsets, and the trailer: catalog first, information last. */
function assemble(objects: readonly string[]): Buffer {
  let file = "%PDF-1.4\n";
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  const trailer = `<< /Size ${size} /Root 1 0 R /Info ${objects.length} 0 R >>`;
  return Buffer.from(
    `${file}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${file.length}\n%%EOF\n`,
    "latin1",
  );
}
