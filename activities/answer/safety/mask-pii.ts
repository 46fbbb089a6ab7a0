import { findPii } from "./pii-detectors.ts";

/** `[[EMAIL_1]]`: what the model sees in place of a value. */
const PLACEHOLDER = /\[\[[A-Z][A-Z_]{1,20}_\d{1,4}\]\]/g;

export interface Masking {
  /** The text with every structured personal detail replaced; the same value gets the same placeholder all through a turn. */
  mask(text: string): string;
  /** Placeholder to the value it stands for. */
  placeholders(): Record<string, string>;
}

export interface Masker {
  /** A fresh numbering for one turn. */
  start(): Masking;
}

export function createMasker(): Masker {
  return {
    start() {
      const byValue = new Map<string, string>();
      const counts = new Map<string, number>();
      const placeholderFor = (kind: string, value: string) => {
        const known = byValue.get(value);
        if (known !== undefined) return known;
        const number = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, number);
        const placeholder = `[[${kind}_${number}]]`;
        byValue.set(value, placeholder);
        return placeholder;
      };
      return {
        mask: (text) => replaceSpans(defuseForgedPlaceholders(text), placeholderFor),
        placeholders: () =>
          Object.fromEntries([...byValue].map(([value, placeholder]) => [placeholder, value])),
      };
    },
  };
}

/** Puts the values back; a placeholder that this turn never made is left as it is, for the screen to find. */
export function unmask(text: string, placeholders: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (placeholder) => placeholders[placeholder] ?? placeholder);
}

export function findPlaceholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([placeholder]) => placeholder);
}

/** With all its brackets: "[[[EMAIL_1]]]" with one pair taken would still hold a placeholder. */
const FORGED = /\[{2,}([A-Z][A-Z_]{1,20}_\d{1,4})\]{2,}/g;

/** A person who writes a placeholder does not get another's value: theirs keeps one bracket. */
function defuseForgedPlaceholders(text: string): string {
  return text.replace(FORGED, "[$1]");
}

function replaceSpans(text: string, replacement: (kind: string, value: string) => string): string {
  let at = 0;
  let masked = "";
  for (const { kind, start, end } of findPii(text)) {
    masked += text.slice(at, start) + replacement(kind, text.slice(start, end));
    at = end;
  }
  return masked + text.slice(at);
}
