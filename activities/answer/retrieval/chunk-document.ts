import { createHash } from "node:crypto";
import { countTokens } from "../../../infra/runtime/tokens.ts";
import { splitText } from "../../channels/split-text.ts";
import type { LoadedDocument } from "./document.ts";

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

/** Splits by heading, then paragraph, sentence and word. Each text is in exactly one chunk. */
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

/** Packs whole paragraphs. A paragraph that is too long is split at its lines (items, rows), then at its sentences. */
function packParagraphs(paragraphs: string[], maxTokens: number): string[] {
  const maxCharacters = maxTokens * MAX_CHARACTERS_PER_TOKEN;
  const fits = (text: string) => text.length <= maxCharacters && countTokens(text) <= maxTokens;
  const lines = paragraphs.flatMap((text) => (fits(text) ? [text] : text.split("\n")));
  const parts: { text: string; tokens: number }[] = [];
  for (const text of lines.flatMap((line) => splitText(line, fits))) {
    const last = parts.at(-1);
    const joined = last === undefined ? null : joinParagraph(last, text, maxTokens);
    if (joined !== null && joined.text.length <= maxCharacters && joined.tokens <= maxTokens)
      parts[parts.length - 1] = joined;
    else parts.push({ text, tokens: countTokens(text) });
  }
  return parts.map((part) => part.text);
}

/** The sum of the tokens is enough while it fits. Only near the limit the whole is counted again, because the sum is too high. */
function joinParagraph(part: { text: string; tokens: number }, added: string, maxTokens: number) {
  const text = `${part.text}\n${added}`;
  const sum = part.tokens + 1 + countTokens(added);
  const isNearLimit = sum > maxTokens && text.length <= maxTokens * MAX_CHARACTERS_PER_TOKEN;
  return { text, tokens: isNearLimit ? countTokens(text) : sum };
}

function fingerprint(parts: string[]): string {
  return createHash("sha256").update(parts.join("\u0000")).digest("base64url").slice(0, 22);
}
