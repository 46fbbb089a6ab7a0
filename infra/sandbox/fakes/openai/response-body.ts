import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Completion } from "./completion.ts";
import { PROMPT_ITEM } from "./parse-prompt.ts";

/** OpenAI refuses a longer one. */
export const SAFETY_IDENTIFIER = z.string().max(64).nullish();
/** OpenAI refuses a smaller limit. */
const FEWEST_TOKENS = 16;

export const RESPONSES_REQUEST = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(PROMPT_ITEM)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(FEWEST_TOKENS).nullish(),
  safety_identifier: SAFETY_IDENTIFIER,
  stream: z.boolean().nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish() }).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

export type ResponsesRequest = z.infer<typeof RESPONSES_REQUEST>;
export type ResponseBody = ReturnType<typeof createResponseBody>;

export function createResponseBody(
  request: ResponsesRequest,
  { text, isCut, inputTokens, outputTokens, reasoningTokens }: Completion,
) {
  const status = isCut ? "incomplete" : "completed";
  const content = { type: "output_text", text, annotations: [], logprobs: [] };
  const reasoning = { id: `rs_${randomBytes(16).toString("hex")}`, type: "reasoning", summary: [] };
  const message = {
    id: `msg_${randomBytes(16).toString("hex")}`,
    type: "message",
    role: "assistant",
    status,
    content: [content],
  };
  // Reasoning that has used up the limit is the whole output.
  const hasMessage = text !== "" || reasoningTokens === 0;
  return {
    id: `resp_${randomBytes(16).toString("hex")}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model: request.model,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    output: [...(reasoningTokens > 0 ? [reasoning] : []), ...(hasMessage ? [message] : [])],
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    error: null,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: reasoningTokens },
      total_tokens: inputTokens + outputTokens,
    },
  };
}
