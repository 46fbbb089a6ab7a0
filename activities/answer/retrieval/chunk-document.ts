import { createHash } from "node:crypto";
import { countTokens } from "../../../infra/runtime/tokens.ts";
import { splitText } from "../../channels/split-text.ts";
import type { Block, LoadedDocument } from "./document.ts";

export interface Chunk {
  /** A hash of path, heading and text, so that an edit of one section keeps the ids of the other sections. */
  chunkId: string;
  ordinal: number;
  /** Headings joined with " > ", empty above the first. */
  heading: string;
  text: string;
  tokens: number;
}

/** Enough for a section of a usual help page, small enough for five chunks and the conversation in one prompt. */
const MAX_TOKENS = 320;
/** English has about 4.5. The tokens of a longer text are not counted. */
const MAX_CHARACTERS_PER_TOKEN = 8;

/** A header row that takes more than this part of a chunk is not repeated. */
const MAX_HEADER_SHARE = 1 / 3;

/** Splits by heading, then paragraph, sentence and word. Each text is in exactly one chunk, except for the header rows of tables. */
export function chunkDocument(document: LoadedDocument, maxTokens = MAX_TOKENS): Chunk[] {
  const seen = new Map<string, number>();
  return groupByHeading(document)
    .flatMap(({ heading, parts }) => packParagraphs(parts, maxTokens).map((text) => ({ heading, text })))
    .map(({ heading, text }, ordinal) => {
      const id = fingerprint([document.path, heading, text]);
      const copies = seen.get(id) ?? 0;
      seen.set(id, copies + 1);
      return {
        chunkId: copies === 0 ? id : `${id}-${copies}`,
        ordinal,
        heading,
        text,
        tokens: countTokens(text),
      };
    });
}

/** The text to embed. The headings add meaning to a paragraph. */
export function formatSearchText(
  document: Pick<LoadedDocument, "title">,
  chunk: Pick<Chunk, "heading" | "text">,
): string {
  return [document.title, chunk.heading, chunk.text].filter((part) => part !== "").join("\n");
}

type Part = Pick<Block, "text" | "header">;

interface Packed {
  text: string;
  tokens: number;
}

/** Blocks of the same heading, one after the other. */
function groupByHeading({ blocks }: LoadedDocument): { heading: string; parts: Part[] }[] {
  const found: { heading: string; parts: Part[] }[] = [];
  for (const block of blocks) {
    const heading = block.headings.join(" > ");
    const last = found.at(-1);
    if (last?.heading === heading) last.parts.push(block);
    else found.push({ heading, parts: [block] });
  }
  return found;
}

/** Packs whole paragraphs. A paragraph that is too long is split at its lines (items, rows), then at its sentences. */
function packParagraphs(paragraphs: readonly Part[], maxTokens: number): string[] {
  const maxCharacters = maxTokens * MAX_CHARACTERS_PER_TOKEN;
  const fits = (text: string) => text.length <= maxCharacters && countTokens(text) <= maxTokens;
  const packed: Packed[] = [];
  for (const { text, header } of paragraphs.flatMap((paragraph) =>
    splitParagraph(paragraph, maxTokens, fits),
  )) {
    const last = packed.at(-1);
    const joined = last === undefined ? null : joinParagraph(last, text, maxTokens);
    if (joined !== null && joined.text.length <= maxCharacters && joined.tokens <= maxTokens)
      packed[packed.length - 1] = joined;
    else {
      const whole = header === undefined ? text : `${header}\n${text}`;
      packed.push({ text: whole, tokens: countTokens(whole) });
    }
  }
  return packed.map((part) => part.text);
}

/** Pieces that fit. A row of a table names the header that a chunk needs if it begins with this row. */
function splitParagraph({ text, header }: Part, maxTokens: number, fits: (text: string) => boolean): Part[] {
  const lines = text.split("\n");
  // The rows of a long table are several blocks, and only the first one begins with the header itself.
  const isContinued = header !== undefined && lines[0] !== header;
  if (!isContinued && fits(text)) return [{ text }];
  if (header === undefined || countTokens(header) > maxTokens * MAX_HEADER_SHARE)
    return lines.flatMap((line) => splitText(line, fits)).map((piece) => ({ text: piece }));
  const fitsBelow = (row: string) => fits(`${header}\n${row}`);
  const rows = isContinued ? lines : lines.slice(1);
  const pieces = rows.flatMap((row) => splitText(row, fitsBelow)).map((piece) => ({ text: piece, header }));
  return isContinued ? pieces : [{ text: header }, ...pieces];
}

/** The sum of the tokens is enough while it fits. Only near the limit the whole is counted again, because the sum is too high. */
function joinParagraph(part: Packed, added: string, maxTokens: number): Packed {
  const text = `${part.text}\n${added}`;
  const sum = part.tokens + 1 + countTokens(added);
  const isNearLimit = sum > maxTokens && text.length <= maxTokens * MAX_CHARACTERS_PER_TOKEN;
  return { text, tokens: isNearLimit ? countTokens(text) : sum };
}

function fingerprint(parts: string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("base64url").slice(0, 22);
}
