import { randomBytes } from "node:crypto";
import { z } from "zod";
import { jsonResponse, type FakeResponse } from "../server/response.ts";
import { createCompletion, type Completion } from "./completion.ts";
import { PROMPT_ITEM, parsePrompt } from "./parse-prompt.ts";
import { createResponseEvents } from "./response-events.ts";

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

/** Answer of POST /v1/responses, whole or as a stream of events. */
export function createResponse(request: ResponsesRequest): FakeResponse {
  const items =
    typeof request.input === "string" ? [{ role: "user" as const, content: request.input }] : request.input;
  const completion = createCompletion({
    model: request.model,
    prompt: parsePrompt(items, request.instructions ?? ""),
    maxOutputTokens: request.max_output_tokens ?? null,
    effort: request.reasoning?.effort ?? null,
    sampling: (["temperature", "top_p"] as const).filter((name) => typeof request[name] === "number"),
  });
  const body = createResponseBody(request, completion);
  return request.stream === true ? createResponseEvents(body) : jsonResponse(body);
}

function createResponseBody(
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
