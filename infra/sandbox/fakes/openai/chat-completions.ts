import { randomBytes } from "node:crypto";
import { z } from "zod";
import { createCompletion } from "./completion.ts";
import { OpenAiRefused } from "./catalogue/openai-error.ts";
import { PROMPT_ITEM, parsePrompt } from "./parse-prompt.ts";
import { SAFETY_IDENTIFIER } from "./response-body.ts";

export const CHAT_REQUEST = z.looseObject({
  model: z.string(),
  messages: z.array(PROMPT_ITEM).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  safety_identifier: SAFETY_IDENTIFIER,
  reasoning_effort: z.string().nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
});

/** POST /v1/chat/completions. */
export function createChatCompletion(request: z.infer<typeof CHAT_REQUEST>) {
  if (request.stream === true)
    throw new OpenAiRefused({
      status: 400,
      param: "stream",
      message: "The fake streams responses, not chat completions.",
    });
  const isOlderName = request.max_completion_tokens == null && request.max_tokens != null;
  if (request.max_completion_tokens != null && request.max_tokens != null)
    throw new OpenAiRefused({
      status: 400,
      code: "invalid_parameter_combination",
      message: "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
    });
  const { text, isCut, inputTokens, outputTokens, reasoningTokens } = createCompletion({
    model: request.model,
    prompt: parsePrompt(request.messages),
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    effort: request.reasoning_effort ?? null,
    sampling: (["temperature", "top_p"] as const).filter((name) => typeof request[name] === "number"),
    names: { effort: "reasoning_effort", limit: isOlderName ? "max_tokens" : "max_completion_tokens" },
  });
  return {
    id: `chatcmpl-${randomBytes(16).toString("hex")}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: text, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: isCut ? "length" : "stop",
      },
    ],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0 },
    },
  };
}
