import OpenAI, { APIConnectionTimeoutError } from "openai";
import { failpoint } from "../../../infra/runtime/failpoint.ts";
import {
  createFetchWithLimit,
  MAX_COMPLETION_BYTES,
  MAX_VECTORS_BYTES,
} from "../../../infra/runtime/network/fetch-with-limit.ts";
import { TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { createUnusableCompletion, toModelFailure } from "./model-failure.ts";
import { requireCompleted, requireStopped } from "./require-completion.ts";
import { findModelProfile, type TokenUsage } from "./model-profiles.ts";

/** Many times the tokens that are asked for. Such a text takes seconds to screen, and no contact reads it. */
const MAX_TEXT = 16_000;

export interface ModelClientOptions {
  apiKey: string;
  baseUrl: string | undefined;
  organization: string | undefined;
  project: string | undefined;
  /** "responses" for OpenAI, "chat" for gateways that only speak Chat Completions (vLLM, Ollama, LiteLLM). */
  api: "responses" | "chat";
}

export interface Prompt {
  instructions: string;
  /** The conversation, oldest line first; the last one is the question. */
  lines: { role: "user" | "assistant"; text: string }[];
}

export interface ModelCall {
  model: string;
  prompt: Prompt;
  maxOutputTokens: number;
  /** A hashed id of the contact, for the provider's abuse checks. */
  safetyIdentifier: string;
  /** For the whole response. The activity around the call must have more time, or its end would look like a cancellation. */
  timeLimitMs: number;
  signal: AbortSignal;
}

export interface ModelCompletion extends TokenUsage {
  text: string;
  requestId: string | null;
}

/** The real `openai` client with its own retries off: Temporal is the only retry loop. */
export function createModelClient(options: ModelClientOptions) {
  const openai = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    organization: options.organization,
    project: options.project,
    maxRetries: 0,
    timeout: TIME_LIMITS_MS.modelCall,
    fetch: createFetchWithLimit(MAX_COMPLETION_BYTES),
  });
  const embedder = openai.withOptions({ fetch: createFetchWithLimit(MAX_VECTORS_BYTES) });
  const complete = options.api === "responses" ? completeByResponses : completeByChat;
  return {
    /** One call. Throws the failures of `model-failure.ts`, also for an incomplete response. */
    async complete(call: ModelCall): Promise<ModelCompletion> {
      // The client's own limit ends with the headers of the response.
      const limit = AbortSignal.timeout(call.timeLimitMs);
      try {
        return await complete(openai, { ...call, signal: AbortSignal.any([call.signal, limit]) });
      } catch (error) {
        throw toModelFailure(limit.aborted ? new APIConnectionTimeoutError() : error, call.signal);
      }
    },
    /** Vectors of the given texts, in their order. */
    async embed({ model, dimensions, texts, signal }: EmbedCall): Promise<number[][]> {
      const { data } = await embedder.embeddings.create({ model, dimensions, input: texts }, { signal });
      return data.toSorted((a, b) => a.index - b.index).map((item) => item.embedding);
    },
  };
}

export type ModelClient = ReturnType<typeof createModelClient>;

/** Waits for the status line first: the crash point lies between the response's beginning and its body. */
async function awaitResponse<T>(
  call: Pick<Promise<T>, "then"> & { asResponse(): Promise<Response> },
): Promise<T> {
  await call.asResponse();
  await failpoint("during_model_response");
  return await call;
}

export interface EmbedCall {
  model: string;
  dimensions: number;
  texts: string[];
  signal: AbortSignal;
}

async function completeByResponses(openai: OpenAI, call: ModelCall): Promise<ModelCompletion> {
  const { effort } = findModelProfile(call.model);
  const request = openai.responses.create(
    {
      model: call.model,
      instructions: call.prompt.instructions,
      input: call.prompt.lines.map(({ role, text }) => ({ role, content: text })),
      max_output_tokens: call.maxOutputTokens,
      store: false,
      safety_identifier: call.safetyIdentifier,
      ...(effort === null ? {} : { reasoning: { effort } }),
    },
    { signal: call.signal },
  );
  const response = requireCompleted(await awaitResponse(request));
  const { usage, output_text: text } = response;
  return {
    text: requireText(text),
    requestId: response._request_id ?? null,
    inputTokens: usage?.input_tokens ?? 0,
    cachedTokens: usage?.input_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
  };
}

async function completeByChat(openai: OpenAI, call: ModelCall): Promise<ModelCompletion> {
  const request = openai.chat.completions.create(
    {
      model: call.model,
      messages: [
        { role: "system", content: call.prompt.instructions },
        ...call.prompt.lines.map(({ role, text }) => ({ role, content: text })),
      ],
      max_completion_tokens: call.maxOutputTokens,
      safety_identifier: call.safetyIdentifier,
    },
    { signal: call.signal },
  );
  const completion = await awaitResponse(request);
  return {
    text: requireText(requireStopped(completion).content),
    requestId: completion._request_id ?? null,
    inputTokens: completion.usage?.prompt_tokens ?? 0,
    cachedTokens: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: completion.usage?.completion_tokens ?? 0,
  };
}

function requireText(text: string | null | undefined): string {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") throw createUnusableCompletion("The completion is empty.");
  if (trimmed.length > MAX_TEXT)
    throw createUnusableCompletion("The completion is longer than was asked for.");
  return trimmed;
}
