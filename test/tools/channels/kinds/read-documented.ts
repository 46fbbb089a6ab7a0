import { readFileSync } from "node:fs";

export interface DocumentedKinds {
  /** Where and when the vendor's documentation was read. */
  sources: string[];
  kinds: string[];
}

/** What the vendor of a channel documents, one kind a line, under the names of the channel's table. */
export function readDocumented(channel: string): DocumentedKinds {
  const text = readFileSync(new URL(`./documented/${channel}.txt`, import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  const isSource = (line: string) => line.startsWith("# ");
  return {
    sources: lines.filter(isSource).map((line) => line.slice(2)),
    kinds: lines.filter((line) => !isSource(line)),
  };
}
