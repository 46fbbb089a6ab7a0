import { findPii, type PiiSearch } from "./pii-detectors.ts";
import { PLACEHOLDER } from "./placeholder.ts";

const PLACEHOLDERS = new RegExp(PLACEHOLDER, "g");

export interface Masking {
  /** Replaces every structured personal detail. Within a turn, one value always gets the same placeholder. */
  mask(text: string): string;
  /** Each placeholder with its value. */
  placeholders(): Record<string, string>;
}

export interface Masker {
  /** Starts the numbering of one turn. */
  start(search?: PiiSearch): Masking;
}

export function createMasker(): Masker {
  return {
    start(search = { phoneRegion: null }) {
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
        mask: (text) => replaceSpans(defuseForgedPlaceholders(text), search, placeholderFor),
        placeholders: () =>
          Object.fromEntries([...byValue].map(([value, placeholder]) => [placeholder, value])),
      };
    },
  };
}

/** Restores the values. An unknown placeholder stays, and the screen blocks it. */
export function unmask(text: string, placeholders: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDERS, (placeholder) => placeholders[placeholder] ?? placeholder);
}

export function findPlaceholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDERS)].map(([placeholder]) => placeholder);
}

/** Matches all brackets: "[[[EMAIL_1]]]" without one pair would still contain a placeholder. */
const FORGED = /(?<!\[)\[{2,}([A-Z][A-Z_]{1,20}_\d{1,4})\]{2,}/g;

/** A placeholder that a contact types must not get a value, so it keeps one pair of brackets. */
function defuseForgedPlaceholders(text: string): string {
  return text.replace(FORGED, "[$1]");
}

function replaceSpans(
  text: string,
  search: PiiSearch,
  replacement: (kind: string, value: string) => string,
): string {
  let at = 0;
  let masked = "";
  for (const { kind, start, end } of findPii(text, search)) {
    masked += text.slice(at, start) + replacement(kind, text.slice(start, end));
    at = end;
  }
  return masked + text.slice(at);
}
