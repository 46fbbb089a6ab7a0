import { createHash } from "node:crypto";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { splitText } from "../channels/split-text.ts";
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

/** Chunks by heading, then paragraph, sentence and word; no text is lost and none is in two chunks. */
export function chunkDocument(document: LoadedDocument, maxTokens = MAX_TOKENS): Chunk[] {
  const seen = new Map<string, number>();
  return sections(document).flatMap(({ heading, text }) => pack(text, maxTokens).map((part) => ({ heading, text: part }))).map(({ heading, text }, ordinal) => {
    const id = fingerprint([document.path, heading, text]);
    const copies = seen.get(id) ?? 0;
    seen.set(id, copies + 1);
    return { chunkId: copies === 0 ? id : `${id}-${copies}`, ordinal, heading, text, tokens: countTokens(text) };
  });
}

/** What is embedded: a paragraph says more when it is known under which headings it stood. */
export function searchText(document: Pick<LoadedDocument, "title">, chunk: Pick<Chunk, "heading" | "text">): string {
  return [document.title, chunk.heading, chunk.text].filter((part) => part !== "").join("\n");
}

/** Blocks of the same heading, one after the other. */
function sections({ blocks }: LoadedDocument): { heading: string; text: string[] }[] {
  const found: { heading: string; text: string[] }[] = [];
  for (const block of blocks) {
    const heading = block.headings.join(" > ");
    const last = found.at(-1);
    if (last?.heading === heading) last.text.push(block.text);
    else found.push({ heading, text: [block.text] });
  }
  return found;
}

/** As many whole paragraphs as fit; a paragraph that is too long alone is cut at its sentences. */
function pack(paragraphs: string[], maxTokens: number): string[] {
  const fits = (text: string) => countTokens(text) <= maxTokens;
  const parts: string[] = [];
  for (const paragraph of paragraphs.flatMap((text) => splitText(text, fits))) {
    const joined = parts.length === 0 ? null : `${parts.at(-1)}\n${paragraph}`;
    if (joined !== null && fits(joined)) parts[parts.length - 1] = joined;
    else parts.push(paragraph);
  }
  return parts;
}

function countTokens(text: string): number {
  return encode(text).length;
}

function fingerprint(parts: string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("base64url").slice(0, 22);
}
