import { createElement } from "./element.ts";

/** An http(s) address, without the punctuation that ends a sentence or closes a bracket. */
const ADDRESS = /(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/;

/** Web addresses become links; everything else remains text. */
export function createLinks(text: string): (Node | string)[] {
  // With a capturing group `split` returns text and addresses in turn.
  return text.split(ADDRESS).map((piece, i) => {
    if (i % 2 === 0 || !URL.canParse(piece)) return piece;
    return createElement("a", {
      href: piece,
      target: "_blank",
      rel: "noopener noreferrer",
      textContent: piece,
    });
  });
}
