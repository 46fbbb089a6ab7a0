import type OpenAI from "openai";
import { APIConnectionTimeoutError } from "openai";
import { failpoint } from "../../../infra/runtime/failpoint.ts";
import { MAX_COMPLETION_BYTES } from "../../../infra/runtime/network/fetch-with-limit.ts";
import { readChatCompletion } from "./completion/read-chat-completion.ts";
import { type ReadCompletion, readResponse } from "./completion/read-response.ts";
import { type Adaptation, adaptTo, mergeAdaptations, NO_ADAPTATION } from "./endpoint/adaptation.ts";
import { openServer } from "./endpoint/open-server.ts";
import { isContextRefusal, readRefusalTexts } from "./endpoint/read-refusal.ts";
import {
  createChatBody,
  createResponsesBody,
  type Prompt,
  type RequestOptions,
} from "./endpoint/request-bodies.ts";
import { computeCostUsd, type TokenUsage } from "./families/compute-cost.ts";
import { chooseEffort, choosePrices, limitOutput, type ModelEndpoint } from "./model-endpoint.ts";
import { toModelFailure } from "./model-failure.ts";

export interface ModelCall {
  prompt: Prompt;
  /** A hashed id of the contact, for the provider's abuse checks. */
  safetyIdentifier: string;
  /** For the whole response. The activity around the call must have more time, or its end would look like a cancellation. */
  timeLimitMs: number;
  signal: AbortSignal;
}

export interface ModelCompletion extends TokenUsage {
  /** The configured name. */
  model: string;
  text: string;
  requestId: string | null;
  costUsd: number;
  /** Arguments that the server refuses. Later calls of this process leave them out. */
  without: readonly string[];
}

/** More refusals than one call has arguments. Each of them changes the next request, so the end is certain without it. */
const MAX_REFUSALS = 10;

/** The completions of one model at one server. */
export function createModelClient(endpoint: ModelEndpoint) {
  const openai = openServer(endpoint, MAX_COMPLETION_BYTES);
  let adaptation = NO_ADAPTATION;

  /**
   * A refused call is repeated without the argument that the refusal names. That is no second paid call: the vendors take money for
   * completions. After a success the process remembers what the server refuses: a refusal that only repeats words of the prompt
   * stays without one.
   */
  async function completeAdapted(call: ModelCall): Promise<ReadCompletion> {
    let used = adaptation;
    let hasRoomToThink = true;
    for (let refusals = 0; ; refusals++) {
      const attempt = createAttempt(endpoint, { adaptation: used, hasRoomToThink });
      try {
        const completion = await send(openai, attempt, call);
        adaptation = mergeAdaptations(adaptation, used);
        return completion;
      } catch (error) {
        const next = adaptTo(error, { ...attempt, used });
        if (next !== null) used = next;
        else if (hasRoomToThink && attempt.hasThinking && isContextRefusal(readRefusalTexts(error) ?? []))
          hasRoomToThink = false;
        else throw error;
        if (refusals >= MAX_REFUSALS) throw error;
      }
    }
  }

  return {
    /** One call. Throws the failures of `model-failure.ts`, also for an incomplete response. */
    async complete(call: ModelCall): Promise<ModelCompletion> {
      // The client's own limit ends with the headers of the response.
      const limit = AbortSignal.timeout(call.timeLimitMs);
      try {
        const signal = AbortSignal.any([call.signal, limit]);
        const { text, requestId, answeredBy, usage } = await completeAdapted({ ...call, signal });
        const costUsd = computeCostUsd(choosePrices(endpoint, answeredBy), usage);
        const without = [...adaptation.without];
        return { model: endpoint.model, text, requestId, costUsd, without, ...usage };
      } catch (error) {
        throw toModelFailure(limit.aborted ? new APIConnectionTimeoutError() : error, call.signal);
      }
    },
  };
}

export type ModelClient = ReturnType<typeof createModelClient>;

interface Attempt {
  kind: "chat" | "responses";
  model: string;
  adaptation: Adaptation;
  effort: RequestOptions["effort"];
  maxTokens: number;
  hasThinking: boolean;
}

function createAttempt(
  endpoint: ModelEndpoint,
  { adaptation, hasRoomToThink }: { adaptation: Adaptation; hasRoomToThink: boolean },
): Attempt {
  const kind = adaptation.isChatOnly ? "chat" : endpoint.api;
  const isRefused = adaptation.without.has(kind === "chat" ? "reasoning_effort" : "reasoning");
  const chosen = chooseEffort(endpoint);
  const effort = isRefused || chosen === null ? null : (adaptation.effort ?? chosen);
  const { answer, thinking } = limitOutput(endpoint, effort);
  const wanted = answer + (hasRoomToThink ? thinking : 0);
  const maxTokens = Math.min(wanted, adaptation.maxTokens);
  return { kind, model: endpoint.model, adaptation, effort, maxTokens, hasThinking: thinking > 0 };
}

async function send(openai: OpenAI, attempt: Attempt, call: ModelCall): Promise<ReadCompletion> {
  const { prompt, safetyIdentifier, signal } = call;
  const options = { ...attempt, prompt, safetyIdentifier };
  const promptCharacters = [prompt.instructions, ...prompt.lines.map(({ text }) => text)].join("").length;
  if (attempt.kind === "responses") {
    const response = await awaitResponse(openai.responses.create(createResponsesBody(options), { signal }));
    return readResponse(response, promptCharacters);
  }
  const completion = await awaitResponse(openai.chat.completions.create(createChatBody(options), { signal }));
  return readChatCompletion(completion, { promptCharacters, maxTokens: attempt.maxTokens });
}

/** Waits for the status line first: the crash point lies between the response's beginning and its body. */
async function awaitResponse<T>(
  call: Pick<Promise<T>, "then"> & { asResponse(): Promise<Response> },
): Promise<T> {
  await call.asResponse();
  await failpoint("during_model_response");
  return await call;
}
