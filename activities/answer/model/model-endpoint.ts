import { findFamily } from "./families/find-family.ts";
import { type Effort, type ModelPrices, UNKNOWN_PRICES } from "./families/model-families.ts";

export interface ServerOptions {
  apiKey: string;
  /** Undefined: OpenAI. */
  baseUrl: string | undefined;
  organization: string | undefined;
  project: string | undefined;
}

/** The model of one tier, and the server that has it. */
export interface ModelEndpoint extends ServerOptions {
  /** The name of the model, or of its deployment. */
  model: string;
  /** "responses" for OpenAI, "chat" for servers that only support Chat Completions. */
  api: "responses" | "chat";
  /** "default": the argument is not sent. Null: the least that the family of the model accepts. */
  effort: Effort | "default" | null;
  /** Of a completion, with the tokens of thinking. Null: enough for an answer and for the thinking of the family. */
  outputTokens: number | null;
  /** Null: the list prices of the family. */
  prices: ModelPrices | null;
}

/** Three short sentences are about 80 tokens; the rest is room for long languages. */
const ANSWER_TOKENS = 400;
/** Room for thinking, which the vendors count as output. OpenAI's models need 100 to 600 tokens for an ordinary question at medium effort. */
const THINKING_TOKENS: Readonly<Record<Effort | "default", number>> = {
  none: 0,
  minimal: 1_000,
  low: 2_000,
  medium: 4_000,
  default: 4_000,
  high: 10_000,
  xhigh: 20_000,
  max: 40_000,
};

/** The effort to send, or null where the argument is not sent. */
export function chooseEffort({ effort, model }: ModelEndpoint): Effort | null {
  if (effort !== null) return effort === "default" ? null : effort;
  const family = findFamily(model).effort;
  return family === "never" || family === "unknown" ? null : family;
}

export interface OutputTokens {
  answer: number;
  thinking: number;
}

/** Both together are the limit of a completion. `sent` is the effort that the endpoint accepts. */
export function limitOutput(endpoint: ModelEndpoint, sent: Effort | null): OutputTokens {
  if (endpoint.outputTokens !== null) return { answer: endpoint.outputTokens, thinking: 0 };
  const thinks = sent !== null || findFamily(endpoint.model).effort !== "never";
  return { answer: ANSWER_TOKENS, thinking: thinks ? THINKING_TOKENS[sent ?? "default"] : 0 };
}

/** The setting, then the family of the configured name, then the family of the name in a response: a deployment has any name. */
export function choosePrices({ prices, model }: ModelEndpoint, answeredBy?: string | null): ModelPrices {
  return prices ?? findFamily(model).prices ?? findFamily(answeredBy ?? "").prices ?? UNKNOWN_PRICES;
}

export function hasPrices({ prices, model }: ModelEndpoint): boolean {
  return (prices ?? findFamily(model).prices) !== null;
}

/** Of the longest prompt: 4,000 tokens of question, 1,500 of history, five passages and the instructions. */
const PROMPT_TOKENS = 10_000;
const CENTS = 100;

/** The money to reserve for a turn, in whole cents. Less than the cost would let concurrent turns exceed the budget. */
export function estimateTurnUsd(endpoint: ModelEndpoint): number {
  const { input, output } = choosePrices(endpoint);
  const { answer, thinking } = limitOutput(endpoint, chooseEffort(endpoint));
  const usd = (PROMPT_TOKENS * input + (answer + thinking) * output) / 1_000_000;
  return Math.max(1, Math.ceil(usd * CENTS)) / CENTS;
}
