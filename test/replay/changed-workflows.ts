import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface WorkflowEdit {
  /** A file of `workflows/`. */
  file: string;
  /** The text to replace, at its first occurrence; empty for the start of the file. */
  find: string;
  put: string;
}

/** Copies the workflow code with these edits, as a later release might have them. `entry` is the entry file for a bundle. */
export function changedWorkflows(edits: readonly WorkflowEdit[]): { entry: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "parley-workflows-"));
  cpSync(join(ROOT, "workflows"), join(folder, "workflows"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const { file, find, put } of edits) {
    const path = join(folder, "workflows", file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(find)) throw new Error(`${file} does not contain: ${find}`);
    writeFileSync(path, text.replace(find, put));
  }
  return {
    entry: join(folder, "workflows/index.ts"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
