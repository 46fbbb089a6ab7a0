import { OpenAiRefused } from "./openai-error.ts";

/** The arguments of OpenAI's endpoints in November 2026. Any other one is refused. */
const KNOWN_ARGUMENTS = {
  responses:
    "access_programs background context_management conversation image include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user",
  chat: "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options",
  embeddings: "dimensions encoding_format input model user",
  moderations: "input model",
} as const;

export type OpenAiCall = keyof typeof KNOWN_ARGUMENTS;

/** Throws OpenAI's 400 for the first argument that the endpoint does not know. */
export function refuseUnknownArguments(call: OpenAiCall, body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  const known = new Set(KNOWN_ARGUMENTS[call].split(" "));
  const [unknown, ...others] = Object.keys(body).filter((name) => !known.has(name));
  if (unknown === undefined) return;
  if (call === "responses")
    throw new OpenAiRefused({
      status: 400,
      code: "unknown_parameter",
      param: unknown,
      message: `Unknown parameter: '${unknown}'.`,
    });
  const names = [unknown, ...others].join(", ");
  const plural = others.length === 0 ? "" : "s";
  throw new OpenAiRefused({
    status: 400,
    message: `Unrecognized request argument${plural} supplied: ${names}`,
  });
}
