import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATA_FILES } from "./data-files.ts";
import { OFFICE_FILES } from "./office-files.ts";
import { PDF_FILES } from "./pdf-files.ts";
import { WEB_FILES } from "./web-files.ts";

/** Files whose text is easy to lose, with the text that a reader sees. */
export const NASTY_SET = [...WEB_FILES, ...DATA_FILES, ...OFFICE_FILES, ...PDF_FILES] as const;

/** Writes the files into `files` and their visible texts into `visible`, below the folder. */
export function writeNastySet(folder: string): { files: string; visible: string } {
  const [files, visible] = [join(folder, "files"), join(folder, "visible")];
  for (const path of [files, visible]) mkdirSync(path, { recursive: true });
  for (const { name, content, visible: text } of NASTY_SET) {
    writeFileSync(join(files, name), content);
    writeFileSync(join(visible, `${name}.txt`), text);
  }
  return { files, visible };
}
