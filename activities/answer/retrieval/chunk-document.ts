import { createHash } from "node:crypto";
import { countTokens, isWithinTokenLimit } from "gpt-tokenizer/encoding/o200k_base";
import { splitText } from "../../channels/split-text.ts";
import type { LoadedDocument } from "./document.ts";

export interface Chunk {
  /** Made of path, heading and text: an edit of one section leaves the ids of the others alone. */
  chunkId: string;
  ordinal: number;
  /** Headings joined with " > ", empty above the first. */
  heading: string;
  text: string;
  tokens: number;
}

/** Enough for a section of an ordinary help page, small enough that five of them leave room for the conversation. */
const MAX_TOKENS = 320;
/** English has about 4.5. The bound keeps the count away from megabytes of one letter, which take it minutes. */
const MAX_CHARACTERS_PER_TOKEN = 8;
/** "<|endoftext|>" in a document is text like any other; without this the count throws. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** Chunks by heading, then paragraph, sentence and word; no text is lost and none is in two chunks. */
export function chunkDocument(document: LoadedDocument, maxTokens = MAX_TOKENS): Chunk[] {
  const seen = new Map<string, number>();
  return groupByHeading(document)
    .flatMap(({ heading, text }) => packParagraphs(text, maxTokens).map((part) => ({ heading, text: part })))
    .map(({ heading, text }, ordinal) => {
      const id = fingerprint([document.path, heading, text]);
      const copies = seen.get(id) ?? 0;
      seen.set(id, copies + 1);
      return {
        chunkId: copies === 0 ? id : `${id}-${copies}`,
        ordinal,
        heading,
        text,
        tokens: countTokens(text, AS_TEXT),
      };
    });
}

/** What is embedded: a paragraph says more when it is known under which headings it stood. */
export function formatSearchText(
  document: Pick<LoadedDocument, "title">,
  chunk: Pick<Chunk, "heading" | "text">,
): string {
  return [document.title, chunk.heading, chunk.text].filter((part) => part !== "").join("\n");
}

/** Blocks of the same heading, one after the other. */
function groupByHeading({ blocks }: LoadedDocument): { heading: string; text: string[] }[] {
  const found: { heading: string; text: string[] }[] = [];
  for (const block of blocks) {
    const heading = block.headings.join(" > ");
    const last = found.at(-1);
    if (last?.heading === heading) last.text.push(block.text);
    else found.push({ heading, text: [block.text] });
  }
  return found;
}

/** As many whole paragraphs as fit; one that is too long alone is cut at its lines (items, rows), then at its sentences. */
function packParagraphs(paragraphs: string[], maxTokens: number): string[] {
  const fits = (text: string) =>
    text.length <= maxTokens * MAX_CHARACTERS_PER_TOKEN &&
    isWithinTokenLimit(text, maxTokens, AS_TEXT) !== false;
  const lines = paragraphs.flatMap((text) => (fits(text) ? [text] : text.split("\n")));
  const parts: string[] = [];
  for (const paragraph of lines.flatMap((text) => splitText(text, fits))) {
    const joined = parts.length === 0 ? null : `${parts.at(-1)}\n${paragraph}`;
    if (joined !== null && fits(joined)) parts[parts.length - 1] = joined;
    else parts.push(paragraph);
  }
  return parts;
}

function fingerprint(parts: string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("base64url").slice(0, 22);
}
