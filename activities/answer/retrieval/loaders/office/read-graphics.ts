import type { OfficePackage } from "./office-package.ts";

/** Diagrams and charts are parts of their own. */
const GRAPHICS = new Set(["diagramData", "chart", "chartEx"]);

/** The words of the diagrams and charts of a part, one text for each. */
export function readGraphics(parts: OfficePackage, path: string): string[] {
  return [...parts.relations(path).values()]
    .filter(({ type, isExternal }) => GRAPHICS.has(type) && !isExternal)
    .map(({ target }) => readWords(parts, target))
    .filter((text) => text !== "");
}

/** `a:t` holds words, `c:v` the names and values of a chart. */
function readWords(parts: OfficePackage, path: string): string {
  const words: string[] = [];
  let isWord = false;
  parts.read(path, {
    open: (name) => void (isWord = name === "t" || name === "v"),
    close: () => void (isWord = false),
    text(text) {
      if (isWord) words.push(text.trim());
    },
  });
  return words.filter((word) => word !== "").join("; ");
}
