/** USD per million tokens. */
export interface ModelPrices {
  input: number;
  cachedInput: number;
  output: number;
}

export interface ModelProfile {
  prices: ModelPrices;
  /** Tokens of input and output together. */
  contextTokens: number;
  /** Reasoning models refuse `temperature` unless their effort is "none". */
  effort: "none" | null;
}

/** List prices of November 2026. The budget counts a model that is not listed at the price of `UNKNOWN_MODEL`. */
const PROFILES: Readonly<Record<string, ModelProfile>> = Object.freeze({
  "gpt-4o": { prices: { input: 2.5, cachedInput: 1.25, output: 10 }, contextTokens: 128_000, effort: null },
  "gpt-4o-mini": {
    prices: { input: 0.15, cachedInput: 0.075, output: 0.6 },
    contextTokens: 128_000,
    effort: null,
  },
  "gpt-6.1-terra": {
    prices: { input: 1, cachedInput: 0.05, output: 5 },
    contextTokens: 1_050_000,
    effort: "none",
  },
  "gpt-6.1-sol": {
    prices: { input: 2, cachedInput: 0.1, output: 10 },
    contextTokens: 1_050_000,
    effort: "none",
  },
  "gpt-6-luna": {
    prices: { input: 0.1, cachedInput: 0.01, output: 0.5 },
    contextTokens: 1_050_000,
    effort: "none",
  },
});

/** More expensive than every listed model, so that the cost is never underestimated. */
const UNKNOWN_MODEL: ModelProfile = {
  prices: { input: 5, cachedInput: 5, output: 30 },
  contextTokens: 128_000,
  effort: null,
};

export function findModelProfile(model: string): ModelProfile {
  return PROFILES[model] ?? UNKNOWN_MODEL;
}

export interface TokenUsage {
  /** Includes the cached tokens. */
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
}

/** Cost of one call in USD. */
export function computeCostUsd(
  model: string,
  { inputTokens, cachedTokens, outputTokens }: TokenUsage,
): number {
  const { prices } = findModelProfile(model);
  const fresh = inputTokens - cachedTokens;
  return (
    (fresh * prices.input + cachedTokens * prices.cachedInput + outputTokens * prices.output) / 1_000_000
  );
}
