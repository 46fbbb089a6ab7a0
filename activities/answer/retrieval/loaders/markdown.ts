import MarkdownIt from "markdown-it";
import type { ParsedDocument } from "../document.ts";
import { splitFrontMatter } from "./front-matter.ts";
import { createPage } from "./html/parse-html.ts";

/** The parser keeps several hundred bytes for each word, so a long text is parsed in pieces of about this length. */
const PIECE = 65_536;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** `| --- | :-: |`, below the header of a table. */
const TABLE_RULE = /^\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$/;
/** `[name]: address`, which a link of any piece may use. */
const DEFINITION = /^ {0,3}\[(?!\^)[^\]]+\]:[ \t]*\S+.*$/gm;
/** Lines of a component page that its build reads. */
const MODULE_LINE =
  /^(?:import\s.+\sfrom\s+["'].+["'];?|import\s+["'].+["'];?|export\s+(?:const|default|let|function)\s.*)$/;
/** `:::warning A title`, an admonition of documentation systems, and its end. */
const ADMONITION = /^:{3,}[ \t]*(?:\w+)?[ \t]*(?:\[([^\]]*)\]|(.*))$/;
/** `[^1]: text`. The parser would take one word for the address of a link. */
const FOOTNOTE = /^( {0,3})\[(\^[^\]]+)\]:/;

const markdown = new MarkdownIt({ html: true });

/** Headings and the blocks between them, by way of HTML. A list has one line per item, a table one per row. */
export function parseMarkdown(source: string): ParsedDocument {
  const { title, body } = splitFrontMatter(source.replace(/\r\n?/g, "\n"));
  const page = createPage(body);
  // Without an end each piece would see the definitions of the pieces before it only.
  const definitions = body.match(DEFINITION)?.join("\n") ?? "";
  const env = {};
  markdown.parse(definitions, env);
  for (const piece of splitIntoPieces(body)) page.write(markdown.render(piece, env));
  const parsed = page.finish();
  return { ...parsed, title: parsed.title ?? title };
}

/** Pieces that end before a heading, an empty line, an item or a row of a table, outside of code. */
function* splitIntoPieces(body: string): Iterable<string> {
  let piece: string[] = [];
  let length = 0;
  let fence: string | null = null;
  /** The first two lines of the open table, which each of its pieces begins with. */
  let table: string[] = [];
  for (const line of body.split("\n")) {
    const [, marks = ""] = FENCE.exec(line) ?? [];
    if (fence === null && TABLE_RULE.test(line)) table = [piece.at(-1) ?? "", line];
    else if (!line.includes("|")) table = [];
    if (fence === null && canEnd(line, length)) {
      yield piece.join("\n");
      piece = [...table];
      length = 0;
    }
    if (fence === null && marks !== "") fence = marks;
    else if (fence !== null && marks.startsWith(fence)) fence = null;
    const kept = fence === null ? toCommonMark(line) : line;
    piece.push(kept);
    length += kept.length + 1;
  }
  yield piece.join("\n");
}

/** The longer a piece is, the less good a place has to be. */
function canEnd(line: string, length: number): boolean {
  if (length > 4 * PIECE) return true;
  if (length > 2 * PIECE) return line === "" || /^(?:[-*+]|\d+[.)])\s|\|/.test(line);
  return length > PIECE && line.startsWith("#");
}

/** The line without the marks of extensions. */
function toCommonMark(line: string): string {
  if (MODULE_LINE.test(line)) return "";
  const admonition = ADMONITION.exec(line);
  if (admonition !== null) return `\n${admonition[1] ?? admonition[2] ?? ""}\n`;
  return line.replace(FOOTNOTE, "$1\\[$2]:");
}
