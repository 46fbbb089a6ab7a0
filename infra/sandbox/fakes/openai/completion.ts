import { composeCompletion } from "./extractive-completion.ts";
import { findModel, type CatalogueModel } from "./model-catalogue.ts";
import { OpenAiRefused } from "./openai-error.ts";
import type { ParsedPrompt } from "./parse-prompt.ts";
import { countTokens } from "../../../runtime/tokens.ts";
import { firstTokens } from "./tokens.ts";

export interface CompletionRequest {
  model: string;
  prompt: ParsedPrompt;
  maxOutputTokens: number | null;
  effort: string | null;
  /** Names of the sampling settings in the request. */
  sampling: string[];
}

export interface Completion {
  text: string;
  isCut: boolean;
  inputTokens: number;
  outputTokens: number;
}

/** The real tokenizer adds this for the role and the separators of a message. */
const TOKENS_PER_MESSAGE = 4;

/** The checks, the text and the token counts: the same in both text APIs. */
export function createCompletion(request: CompletionRequest): Completion {
  const model = findModel(request.model, "text");
  refuseUnsupported(request, model);
  const { texts, documents, question } = request.prompt;
  const inputTokens = texts.reduce((total, text) => total + countTokens(text) + TOKENS_PER_MESSAGE, 0);
  if (inputTokens > model.contextTokens) {
    throw new OpenAiRefused({
      status: 400,
      code: "context_length_exceeded",
      param: "input",
      message: `The input of ${inputTokens} tokens exceeds the ${model.contextTokens} of ${request.model}.`,
    });
  }
  const completion = firstTokens(
    composeCompletion(documents, question),
    request.maxOutputTokens ?? Number.POSITIVE_INFINITY,
  );
  return { text: completion.text, isCut: completion.isCut, inputTokens, outputTokens: completion.tokens };
}

function refuseUnsupported({ model: name, effort, sampling }: CompletionRequest, model: CatalogueModel) {
  const [setting] = sampling;
  if (model.reasons && effort !== "none" && setting !== undefined)
    throw createUnsupportedError(setting, name);
  if (!model.reasons && effort !== null) throw createUnsupportedError("reasoning.effort", name);
}

function createUnsupportedError(param: string, model: string): OpenAiRefused {
  return new OpenAiRefused({
    status: 400,
    code: "unsupported_parameter",
    param,
    message: `Unsupported parameter: '${param}' is not supported with ${model}.`,
  });
}
