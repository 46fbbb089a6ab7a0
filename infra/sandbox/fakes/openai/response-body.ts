import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Completion } from "./completion.ts";
import { PROMPT_ITEM } from "./parse-prompt.ts";

export const RESPONSES_REQUEST = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(PROMPT_ITEM)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
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
  { text, isCut, inputTokens, outputTokens }: Completion,
) {
  const status = isCut ? "incomplete" : "completed";
  const content = { type: "output_text", text, annotations: [], logprobs: [] };
  return {
    id: `resp_${randomBytes(16).toString("hex")}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model: request.model,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    output: [
      {
        id: `msg_${randomBytes(16).toString("hex")}`,
        type: "message",
        role: "assistant",
        status,
        content: [content],
      },
    ],
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    error: null,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}
