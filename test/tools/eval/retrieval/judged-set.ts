import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A question with the passages that answer it. */
export interface JudgedQuestion {
  question: string;
  /** Ids of sections, of which a good search finds all. */
  relevant: ReadonlySet<string>;
}

export interface JudgedSet {
  /** A folder that `parley ingest` can load. */
  folder: string;
  questions: JudgedQuestion[];
  /** The section that a chunk belongs to. */
  sectionOf(chunk: { documentPath: string; heading: string }): string;
}

const DOCUMENTS = z.array(z.object({ chunk_link: z.string(), chunk_heading: z.string(), text: z.string() }));
/** A list may be a Python literal in a string, as public sets have it. */
const LINKS = z.union([
  z.array(z.string()),
  z.string().transform((text) => Array.from(text.matchAll(/'([^']*)'/g), ([, link = ""]) => link)),
]);
const LINKED_QUESTIONS = z.array(z.object({ question: z.string(), correct_chunks: LINKS }));
const QUESTIONS = z.array(z.object({ question: z.string(), document: z.string(), heading: z.string() }));

/**
 * Reads documents and their judged questions: a folder with questions of the form {question, document, heading}, or a file of sections
 * [{chunk_link, chunk_heading, text}] with questions of the form {question, correct_chunks}. Sections become files below `scratch`.
 */
export function readJudgedSet(documents: string, questions: string, scratch: string): JudgedSet {
  const judged: unknown = JSON.parse(readFileSync(questions, "utf8"));
  if (statSync(documents).isDirectory())
    return {
      folder: documents,
      questions: QUESTIONS.parse(judged).map(({ question, document, heading }) => ({
        question,
        relevant: new Set([`${document}#${heading}`]),
      })),
      sectionOf: ({ documentPath, heading }) => `${documentPath}#${heading.split(" > ").at(-1) ?? ""}`,
    };
  const sections = DOCUMENTS.parse(JSON.parse(readFileSync(documents, "utf8")));
  mkdirSync(scratch, { recursive: true });
  const links = new Map<string, string>();
  for (const [i, { chunk_link: link, chunk_heading: heading, text }] of sections.entries()) {
    const name = `${String(i).padStart(5, "0")}.md`;
    // The text of such a section begins with its heading.
    const body = text.startsWith(heading) ? text.slice(heading.length) : text;
    writeFileSync(join(scratch, name), `# ${heading}\n\n${body}\n`);
    links.set(name, link);
  }
  return {
    folder: scratch,
    questions: LINKED_QUESTIONS.parse(judged).map(({ question, correct_chunks: correct }) => ({
      question,
      relevant: new Set(correct),
    })),
    sectionOf: ({ documentPath }) => links.get(documentPath) ?? documentPath,
  };
}
