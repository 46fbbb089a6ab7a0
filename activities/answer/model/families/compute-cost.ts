import type { ModelPrices } from "./model-families.ts";

export interface TokenUsage {
  /** Includes the cached tokens. */
  inputTokens: number;
  cachedTokens: number;
  /** Includes the tokens of thinking. */
  outputTokens: number;
}

/** Cost of one call in USD. */
export function computeCostUsd(
  prices: ModelPrices,
  { inputTokens, cachedTokens, outputTokens }: TokenUsage,
): number {
  const fresh = inputTokens - cachedTokens;
  return (
    (fresh * prices.input + cachedTokens * prices.cachedInput + outputTokens * prices.output) / 1_000_000
  );
}
