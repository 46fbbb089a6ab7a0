/** USD per million tokens. */
export interface ModelPrices {
  input: number;
  cachedInput: number;
  output: number;
}

/** How much a model thinks before it answers, from the least. */
export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

export interface ModelFamily {
  prices: ModelPrices | null;
  /** The least effort that the family accepts. "never": it does not think, and refuses the argument. "unknown": it may think. */
  effort: Effort | "never" | "unknown";
}

const price = (input: number, cachedInput: number, output: number): ModelPrices => ({
  input,
  cachedInput,
  output,
});

/**
 * By the beginning of the name: the longest one applies. OpenAI's list prices of November 2026 for prompts of ordinary length. Prices of
 * other vendors depend on the host, so they are settings.
 */
export const MODEL_FAMILIES: Readonly<Record<string, ModelFamily>> = Object.freeze({
  "gpt-3.5-turbo": { prices: price(0.5, 0.5, 1.5), effort: "never" },
  "gpt-4": { prices: price(30, 30, 60), effort: "never" },
  "gpt-4-turbo": { prices: price(10, 10, 30), effort: "never" },
  "chatgpt-4o": { prices: price(5, 5, 15), effort: "never" },
  "gpt-4o": { prices: price(2.5, 1.25, 10), effort: "never" },
  "gpt-4o-mini": { prices: price(0.15, 0.075, 0.6), effort: "never" },
  "gpt-4.1": { prices: price(2, 0.5, 8), effort: "never" },
  "gpt-4.1-mini": { prices: price(0.4, 0.1, 1.6), effort: "never" },
  "gpt-4.1-nano": { prices: price(0.1, 0.025, 0.4), effort: "never" },
  o1: { prices: price(15, 7.5, 60), effort: "low" },
  "o1-pro": { prices: price(150, 150, 600), effort: "low" },
  o3: { prices: price(2, 0.5, 8), effort: "low" },
  "o3-mini": { prices: price(1.1, 0.55, 4.4), effort: "low" },
  "o3-pro": { prices: price(20, 20, 80), effort: "low" },
  "o4-mini": { prices: price(1.1, 0.275, 4.4), effort: "low" },
  "gpt-5": { prices: price(1.25, 0.125, 10), effort: "minimal" },
  "gpt-5-chat": { prices: price(1.25, 0.125, 10), effort: "never" },
  "gpt-5-codex": { prices: price(1.25, 0.125, 10), effort: "low" },
  "gpt-5-mini": { prices: price(0.25, 0.025, 2), effort: "minimal" },
  "gpt-5-nano": { prices: price(0.05, 0.005, 0.4), effort: "minimal" },
  "gpt-5-pro": { prices: price(15, 15, 120), effort: "high" },
  "gpt-5.1": { prices: price(1.25, 0.125, 10), effort: "none" },
  "gpt-5.2": { prices: price(1.75, 0.175, 14), effort: "none" },
  "gpt-5.2-pro": { prices: price(21, 21, 168), effort: "medium" },
  "gpt-5.4": { prices: price(2.5, 0.25, 15), effort: "none" },
  "gpt-5.4-mini": { prices: price(0.75, 0.075, 4.5), effort: "none" },
  "gpt-5.4-nano": { prices: price(0.2, 0.02, 1.25), effort: "none" },
  "gpt-5.4-pro": { prices: price(30, 30, 180), effort: "medium" },
  "gpt-5.5": { prices: price(5, 0.5, 30), effort: "none" },
  "gpt-5.5-pro": { prices: price(30, 30, 180), effort: "medium" },
  "gpt-5.6": { prices: price(4, 0.4, 20), effort: "none" },
  "gpt-5.6-luna": { prices: price(0.2, 0.02, 1.2), effort: "none" },
  "gpt-5.6-terra": { prices: price(2, 0.2, 12), effort: "none" },
  "gpt-5.6-sol": { prices: price(4, 0.4, 20), effort: "none" },
  "gpt-6-luna": { prices: price(0.1, 0.01, 0.5), effort: "none" },
  "gpt-6-sol": { prices: price(2, 0.2, 10), effort: "none" },
  "gpt-6-astra": { prices: price(10, 1, 50), effort: "none" },
  "gpt-6.1-terra": { prices: price(1, 0.05, 5), effort: "none" },
  "gpt-6.1-sol": { prices: price(2, 0.1, 10), effort: "none" },
  "gpt-oss": { prices: null, effort: "low" },
  gemini: { prices: null, effort: "low" },
  "gemini-2.5-flash": { prices: null, effort: "none" },
});

/** A later generation of OpenAI. One that does not know "none" lists the efforts that it knows in its refusal. */
export const LATER_GENERATION: ModelFamily = { prices: null, effort: "none" };
export const UNKNOWN_FAMILY: ModelFamily = { prices: null, effort: "unknown" };

/** More expensive than nearly every model for chats, so that the cost is not underestimated. */
export const UNKNOWN_PRICES: ModelPrices = price(5, 5, 30);

/** USD per million tokens of embedding models, November 2026. */
export const EMBEDDING_PRICES: Readonly<Record<string, number>> = Object.freeze({
  "text-embedding-3-small": 0.02,
  "text-embedding-3-large": 0.13,
  "text-embedding-ada-002": 0.1,
});
/** The highest of the listed ones. */
export const UNKNOWN_EMBEDDING_PRICE = 0.13;
