import { composeCompletion } from "./extractive-completion.ts";
import { type CatalogueModel, type FakeEffort, findModel } from "./catalogue/model-catalogue.ts";
import { OpenAiRefused } from "./catalogue/openai-error.ts";
import type { ParsedPrompt } from "./parse-prompt.ts";
import { countTokens } from "../../../runtime/tokens.ts";
import { type ModelArguments, refuseUnsupported } from "./catalogue/refuse-unsupported.ts";
import { firstTokens } from "./tokens.ts";

export interface CompletionRequest extends ModelArguments {
  prompt: ParsedPrompt;
}

export interface Completion {
  text: string;
  isCut: boolean;
  inputTokens: number;
  /** Includes the tokens of reasoning. */
  outputTokens: number;
  reasoningTokens: number;
}

/** The real tokenizer adds this for the role and the separators of a message. */
const TOKENS_PER_MESSAGE = 4;

/** The reasoning for an ordinary question. At the default effort it needs more than a short answer is granted. */
const REASONING_TOKENS: Readonly<Record<FakeEffort, number>> = {
  none: 0,
  minimal: 64,
  low: 256,
  medium: 640,
  high: 2_048,
  xhigh: 4_096,
  max: 8_192,
};

/** The checks, the text and the token counts: the same in both text APIs. */
export function createCompletion(request: CompletionRequest): Completion {
  const model = findModel(request.model, "text");
  const effort = refuseUnsupported(request, model);
  const { texts, documents, question } = request.prompt;
  const inputTokens = texts.reduce((total, text) => total + countTokens(text) + TOKENS_PER_MESSAGE, 0);
  if (inputTokens > model.contextTokens) refuseLongInput(request.model, inputTokens, model);
  const limit = request.maxOutputTokens ?? model.outputTokens;
  // Reasoning comes out of the same limit as the text, and may leave nothing for it.
  const reasoningTokens = Math.min(effort === null ? 0 : REASONING_TOKENS[effort], limit);
  const { text, isCut, tokens } = firstTokens(
    composeCompletion(documents, question),
    limit - reasoningTokens,
  );
  return { text, isCut, inputTokens, outputTokens: reasoningTokens + tokens, reasoningTokens };
}

function refuseLongInput(name: string, inputTokens: number, { contextTokens }: CatalogueModel): never {
  throw new OpenAiRefused({
    status: 400,
    code: "context_length_exceeded",
    param: "input",
    message: `The input of ${inputTokens} tokens exceeds the ${contextTokens} of ${name}.`,
  });
}
