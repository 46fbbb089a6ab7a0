import {
  EMBEDDING_PRICES,
  LATER_GENERATION,
  MODEL_FAMILIES,
  type ModelFamily,
  type ModelPrices,
  UNKNOWN_FAMILY,
} from "./model-families.ts";

/** Words after the name of a family that make another model of it, with another price or another API. */
const OTHER_MODEL =
  /(?<![a-z])(pro|fast|priority|audio|realtime|search|transcribe|tts|image|research)(?![a-z])/;
/** A fine-tuned model costs up to twice as much as its family. */
const FINE_TUNED = /^ft:/;
const FINE_TUNED_FACTOR = 2;

/** `gpt-7-nova`: every generation from the fifth on thinks. `gpt-35` is the name of 3.5 at Azure. */
const LATER = /(?<![a-z0-9])gpt[-_ ]?(?:[5-9]|1\d)(?![a-z0-9])/;

const FAMILIES = createPatterns(Object.keys(MODEL_FAMILIES));
const EMBEDDINGS = createPatterns(Object.keys(EMBEDDING_PRICES));

/**
 * The family of a model by its name: dated (`gpt-4o-2024-11-20`), prefixed by a gateway (`openai/gpt-4o`), fine-tuned (`ft:gpt-4o:acme::1`), or
 * the name of a deployment that contains it (`prod-gpt4o-eu`).
 */
export function findFamily(model: string): ModelFamily {
  const name = model.toLowerCase();
  const found = findLongest(FAMILIES, name);
  const family = found === null ? undefined : MODEL_FAMILIES[found.name];
  if (found === null || family === undefined || OTHER_MODEL.test(found.rest))
    return LATER.test(name) ? LATER_GENERATION : UNKNOWN_FAMILY;
  if (family.prices === null || !FINE_TUNED.test(name)) return family;
  return { ...family, prices: multiply(family.prices, FINE_TUNED_FACTOR) };
}

/** USD per million tokens, or null where the model is not listed. */
export function findEmbeddingPrice(model: string): number | null {
  const found = findLongest(EMBEDDINGS, model.toLowerCase());
  return found === null ? null : (EMBEDDING_PRICES[found.name] ?? null);
}

interface FamilyPattern {
  name: string;
  pattern: RegExp;
}

/** Dashes and dots are optional: names of deployments often have none. Longest first. */
function createPatterns(names: readonly string[]): FamilyPattern[] {
  return names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => {
      const loose = name.replace(/[-.]/g, (sign) => (sign === "-" ? "[-_ ]?" : "[-_.]?"));
      return { name, pattern: new RegExp(`(?<![a-z0-9])(?<!\\d\\.)${loose}(?![a-z0-9]|\\.\\d)`) };
    });
}

function findLongest(
  patterns: readonly FamilyPattern[],
  model: string,
): { name: string; rest: string } | null {
  for (const { name, pattern } of patterns) {
    const match = pattern.exec(model);
    if (match !== null) return { name, rest: model.slice(match.index + match[0].length) };
  }
  return null;
}

function multiply({ input, cachedInput, output }: ModelPrices, factor: number): ModelPrices {
  return { input: input * factor, cachedInput: cachedInput * factor, output: output * factor };
}
