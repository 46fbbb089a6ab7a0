import { type Effort, EFFORTS } from "../families/model-families.ts";

/** Arguments that a server may not know. A call without them is worse, but it is a call. */
export const OPTIONAL_ARGUMENTS = {
  chat: ["safety_identifier", "reasoning_effort", "max_completion_tokens", "max_tokens"],
  responses: ["safety_identifier", "reasoning", "store", "max_output_tokens"],
  embeddings: ["dimensions", "encoding_format"],
} as const;

export type CallKind = keyof typeof OPTIONAL_ARGUMENTS;
export type OptionalArgument = (typeof OPTIONAL_ARGUMENTS)[CallKind][number];

/** A call has one limit. Servers name it in their own way. */
const LIMIT = /(?<![a-z])max(imum)?[_\-. ]?((completion|output|new|generated)[_\-. ]?)?tokens(?![a-z])/i;

/** How servers name an argument in a refusal, with any sign between its words or none. */
const NAMES: Readonly<Record<OptionalArgument, RegExp>> = {
  safety_identifier: /(?<![a-z])safety[_\-. ]?identifier(?![a-z])/i,
  reasoning_effort:
    /(?<![a-z])(reasoning[_\-. ]?effort|thinking|think|thinking[_\-. ]?(level|budget|config))(?![a-z])/i,
  reasoning: /(?<![a-z])(reasoning([_\-. ]?effort)?|thinking|think)(?![a-z])/i,
  max_completion_tokens: LIMIT,
  max_tokens: LIMIT,
  max_output_tokens: LIMIT,
  store: /(?<=['"`.\s]|^)store(?=['"`.\s,:]|$)/i,
  dimensions: /(?<![a-z])(dimensions?|output[_\-. ]?dimension|matryoshka)(?![a-z])/i,
  encoding_format: /(?<![a-z])(encoding[_\-. ]?format|base64)(?![a-z])/i,
};

/** Ordinary words, which a message may contain for another reason: only with a word of refusal they are the argument. */
const ORDINARY_WORDS: ReadonlySet<OptionalArgument> = new Set([
  "reasoning_effort",
  "reasoning",
  "store",
  "dimensions",
]);
const REFUSAL =
  /un(known|recogni[sz]ed|supported|expected|able|permitted)|not (be |currently |been )?(support|permit|allow|recogni[sz]|enabl|accept|available|implement)|(does|do|can)(n't| ?not) (support|accept|allow|have)|invalid(?!_)|extra|forbidden|disabled|no such|cannot|can't/i;
/** After these words a refusal lists the names that the server knows. */
const KNOWN_NAMES =
  /(expected one of|(?<![a-z])(?<!not )(supported|allowed|permitted|accepted|valid|known|available|possible|expected) (parameters|params|arguments|fields|keys|properties|options|values|names|inputs)|did you mean|use ['"`\w]+ instead).*/is;

/** The arguments of a call that the texts of a refusal name. */
export function findNamedArguments(
  texts: readonly string[],
  sent: readonly OptionalArgument[],
): OptionalArgument[] {
  const said = texts.map((text) => text.replace(KNOWN_NAMES, ""));
  const isRefusal = said.some((text) => REFUSAL.test(text));
  return sent.filter(
    (name) => (isRefusal || !ORDINARY_WORDS.has(name)) && said.some((text) => NAMES[name].test(text)),
  );
}

const EFFORT_LIST =
  /((?<!not )(?<![a-z])(supported|valid|allowed|accepted|available|possible|permitted)|must be|should be|one of|expected)(.*)/is;

/** Of the efforts that a refusal lists, the one next to the refused one. As in "Supported values are: 'low', 'medium', and 'high'." */
export function findNextEffort(texts: readonly string[], refused: Effort): Effort | null {
  const lists = texts.map((text) => EFFORT_LIST.exec(text)?.[3] ?? "");
  const listed = EFFORTS.filter(
    (effort) => effort !== refused && lists.some((list) => new RegExp(`\\b${effort}\\b`, "i").test(list)),
  );
  const distance = (effort: Effort) => Math.abs(EFFORTS.indexOf(effort) - EFFORTS.indexOf(refused));
  return listed.toSorted((a, b) => distance(a) - distance(b))[0] ?? null;
}

const LARGEST =
  /(?:at most|less than or equal to|(?:lower|less|more|greater|larger) than|up to|not exceed|<=|limit of|maximum(?: allowed)?(?: value)?(?: is| of|:)|\[1,) ?[`'"]?(\d{2,7})(?!\d)|> (\d{2,7}),? which is the max/i;

/** The largest limit that a refusal names, as in "at most 4096 completion tokens". */
export function findLargestLimit(texts: readonly string[]): number | null {
  const found = texts
    .map((text) => LARGEST.exec(text))
    .map((match) => match?.[1] ?? match?.[2])
    .find((digits) => digits !== undefined);
  return found === undefined ? null : Number(found);
}
