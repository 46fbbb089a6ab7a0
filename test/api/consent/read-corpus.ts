import { readFileSync } from "node:fs";

export interface CorpusLine {
  language: string;
  text: string;
}

/** The lines of a corpus with the language of their section ("# en"). "\n" in a line is a new line. */
export function readCorpus(name: "opt-outs" | "opt-outs-held-out" | "ordinary"): CorpusLine[] {
  let language = "";
  return readFileSync(new URL(`corpus/${name}.txt`, import.meta.url), "utf8")
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("# ")) language = line.slice(2);
      return line === "" || line.startsWith("# ") ? [] : [{ language, text: line.replaceAll("\\n", "\n") }];
    });
}
