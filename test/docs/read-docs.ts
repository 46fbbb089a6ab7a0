import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readMarkdown } from "../check/source-files.ts";

const ROOT = new URL("../..", import.meta.url);

export const ROOT_FOLDER = fileURLToPath(ROOT);

/** The pages for users and contributors. */
export const PAGES = readMarkdown().filter(({ path }) =>
  /^(README|CONTRIBUTING|SECURITY|CHANGELOG|docs\/.*)(\.md)?$/.test(path),
);

export interface Mention {
  page: string;
  text: string;
}

/** The code spans of all pages, and the lines of their code blocks. */
export function listCode(): Mention[] {
  return PAGES.flatMap(({ path, text }) =>
    [...listSpans(text), ...listBlockLines(text)].map((code) => ({ page: path, text: code })),
  );
}

export function listSpans(text: string): string[] {
  return [...removeBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** The lines of shell blocks, without prompts and comments. Lines that end with a backslash are joined. */
function listBlockLines(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|console|bash)\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
    block
      .replaceAll("\\\n", " ")
      .split("\n")
      .map((line) =>
        line
          .replace(/^\$ /, "")
          .replace(/(^|\s)# .*$/, "")
          .trim(),
      )
      .filter((line) => line !== ""),
  );
}

export function readPage(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

function removeBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, "");
}
