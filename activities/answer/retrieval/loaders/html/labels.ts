import { countLetters } from "../../document.ts";
import { findLabel } from "./elements.ts";

interface Label {
  name: string;
  /** The title of its icon. */
  icon: string;
  /** The letters of the page's words before the element. */
  before: number;
}

/** Finds the names of links, buttons and pictures without words. */
export function createLabels() {
  const open: Label[] = [];
  let letters = 0;
  let lastShown = "";
  return {
    /** True for an element that `close` must be called for. */
    open(element: string, attributes: Readonly<Record<string, string>>): boolean {
      const name = findLabel(element, attributes);
      if (name === null) return false;
      open.push({ name, icon: "", before: letters });
      lastShown = "";
      return true;
    },
    addWords: (text: string) => void (letters += countLetters(text)),
    /** The description of an image is not repeated by the name of its link. */
    addShown: (text: string) => void (lastShown = text.trim()),
    addIcon(title: string): void {
      const label = open.at(-1);
      if (label !== undefined) label.icon += title;
    },
    /** The name to show. Empty for an element that has words. */
    close(): string {
      const label = open.pop();
      if (label === undefined || label.before !== letters) return "";
      const name = label.name === "" ? label.icon.trim() : label.name;
      return name === lastShown ? "" : name;
    },
  };
}
