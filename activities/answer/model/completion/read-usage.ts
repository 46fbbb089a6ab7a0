import type { TokenUsage } from "../families/compute-cost.ts";

/** PostgreSQL's integer. A number above it would lose a paid completion. */
const MAX_TOKENS = 2_147_483_647;
/** For a server that counts no tokens. In most languages a token has more characters, so the cost is not underestimated. */
const CHARACTERS_PER_TOKEN = 3;

export interface ReportedUsage {
  input: unknown;
  cached: unknown;
  output: unknown;
  total: unknown;
}

/** Whole numbers, whatever a server reports. Gemini counts its thinking in the total alone. */
export function readUsage(
  { input, cached, output, total }: ReportedUsage,
  texts: { prompt: number; completion: number },
): TokenUsage {
  const estimate = (characters: number) => Math.ceil(characters / CHARACTERS_PER_TOKEN);
  const counted = toTokens(input);
  const inputTokens = counted ?? estimate(texts.prompt);
  const outputTokens = toTokens(output) ?? estimate(texts.completion);
  const rest = counted === null ? 0 : (toTokens(total) ?? 0) - counted;
  return {
    inputTokens,
    cachedTokens: Math.min(toTokens(cached) ?? 0, inputTokens),
    outputTokens: Math.max(outputTokens, rest),
  };
}

/** Null where it is no number, and for the zero of a server that does not count. */
function toTokens(value: unknown): number | null {
  const number = typeof value === "number" ? Math.round(value) : Number.NaN;
  return number > 0 ? Math.min(number, MAX_TOKENS) : null;
}
