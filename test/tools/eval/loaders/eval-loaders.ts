import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLoss, type LostText } from "../../../../activities/answer/retrieval/describe-loss.ts";
import {
  computeShare,
  type LoadedDocument,
  type Loss,
  type PageCount,
} from "../../../../activities/answer/retrieval/document.ts";
import { loadDocuments, type SkippedFile } from "../../../../activities/answer/retrieval/load-documents.ts";
import { writeNastySet } from "../nasty-set/nasty-set.ts";
import { measureWords } from "./measure-words.ts";

/** The part of the visible text that all files together must keep. */
export const MIN_SHARE = 0.98;

export interface FileGrade {
  path: string;
  share: number;
  /** `words`: against the text that a reader sees, from a file. `loader`: against what the loader itself saw. */
  measuredBy: "words" | "loader";
  visible: number;
  kept: number;
  /** Words that are missing. Empty without a visible text. */
  missing: string[];
  pages: PageCount[];
  losses: Loss[];
}

export interface LoadersReport {
  ok: boolean;
  /** Of all files together. */
  share: number;
  minShare: number;
  files: FileGrade[];
  /** What `parley ingest` prints for these files. */
  lossy: LostText[];
  skipped: SkippedFile[];
}

/** Loads a folder and grades each file. Without a folder, the files of this project whose text is easy to lose. */
export async function evalLoaders(folder?: string, visibleFolder?: string): Promise<LoadersReport> {
  if (folder !== undefined) return await gradeFolder(folder, visibleFolder);
  const temporary = mkdtempSync(join(tmpdir(), "parley-nasty-"));
  try {
    const { files, visible } = writeNastySet(temporary);
    return await gradeFolder(files, visible);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

async function gradeFolder(folder: string, visibleFolder: string | undefined): Promise<LoadersReport> {
  const files: FileGrade[] = [];
  const lossy: LostText[] = [];
  const skipped: SkippedFile[] = [];
  for await (const document of loadDocuments(folder, (file) => skipped.push(file))) {
    const { path, count, pages, losses } = document;
    const loss = describeLoss(document);
    if (loss !== null) lossy.push(loss);
    const visible = readVisible(visibleFolder, path);
    const words = visible === null ? null : measureWords(visible, joinText(document));
    const measured = words ?? { ...count, missing: [] };
    const measuredBy = words === null ? "loader" : "words";
    files.push({ path, share: round(computeShare(measured)), measuredBy, ...measured, pages, losses });
  }
  const share = files.length === 0 ? 0 : files.reduce((sum, file) => sum + file.share, 0) / files.length;
  const ok = skipped.length === 0 && share >= MIN_SHARE;
  return { ok, share: round(share), minShare: MIN_SHARE, files, lossy, skipped };
}

function readVisible(folder: string | undefined, path: string): string | null {
  const file = folder === undefined ? "" : join(folder, `${path}.txt`);
  return file !== "" && existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** Each heading once, although it is embedded with all chunks below it. */
function joinText({ title, blocks }: LoadedDocument): string {
  const headings = new Set(
    blocks.flatMap((block) =>
      block.headings.map((_heading, index) => block.headings.slice(0, index + 1).join("\n")),
    ),
  );
  const names = [...headings].map((path) => path.split("\n").at(-1));
  return [title, ...names, ...blocks.map(({ text }) => text)].join("\n");
}

/** Down, so that a lost word never becomes 100 %. */
function round(share: number): number {
  return Math.floor(share * 10_000) / 10_000;
}
