import Papa from "papaparse";
import { countLetters, type Loss, type ParsedDocument } from "../document.ts";
import { createOutline } from "./outline.ts";
import { createSheetWriter } from "./sheet-rows.ts";
import { parsePlainText } from "./plain-text.ts";

/** Excel names the separator in a line of its own. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i;

const SEPARATORS = [",", ";", "\t", "|"];
/** Rows that show which separator a file has. */
const SAMPLE_ROWS = 50;

/** The rows of a table, with any of the usual separators. A file with one column is a text. */
export function parseCsv(source: string): ParsedDocument {
  const [line = "", named] = SEPARATOR_LINE.exec(source) ?? [];
  const body = source.slice(line.length);
  const delimiter = named ?? findSeparator(body);
  if (delimiter === null) return parsePlainText(body);
  const outline = createOutline();
  const sheet = createSheetWriter(outline);
  const errors: Papa.ParseError[] = [];
  Papa.parse<string[]>(body, {
    delimiter,
    step(row) {
      sheet.row(row.data);
      errors.push(...row.errors);
    },
  });
  sheet.finish();
  return outline.finish({ visible: countLetters(body), losses: findLosses(errors) });
}

/** The separator with which most rows have the same number of cells, and the most cells. Null for a text. */
function findSeparator(body: string): string | null {
  const grades = SEPARATORS.map((delimiter) => {
    const { data } = Papa.parse<string[]>(body, { delimiter, preview: SAMPLE_ROWS });
    const widths = data.map((row) => row.length).filter((width) => width > 1);
    const usual = widths.toSorted((one, other) => one - other)[Math.floor(widths.length / 2)] ?? 1;
    const regular = widths.filter((width) => width === usual).length / Math.max(1, data.length);
    return { delimiter, grade: regular * Math.min(usual - 1, 3) };
  });
  const best = grades.toSorted((one, other) => other.grade - one.grade)[0];
  return best === undefined || best.grade === 0 ? null : best.delimiter;
}

function findLosses(errors: readonly Papa.ParseError[]): Loss[] {
  const first = errors.find(({ type }) => type === "Quotes");
  if (first === undefined) return [];
  const what = `row ${(first.row ?? 0) + 1} has a quotation mark without its pair`;
  return [{ what, fix: "write the file again with a spreadsheet program" }];
}
