import { randomBytes } from "node:crypto";

/** A word that none of these texts contains, so that no text can end its own quotation. */
export function createRandomWord(texts: readonly string[]): string {
  for (;;) {
    const word = randomBytes(12).toString("hex");
    if (!texts.some((text) => text.includes(word))) return word;
  }
}
