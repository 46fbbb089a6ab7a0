import { jsonResponse, type FakeResponse } from "../server/response.ts";
import { createCompletion } from "./completion.ts";
import { parsePrompt } from "./parse-prompt.ts";
import { createResponseBody, type ResponsesRequest } from "./response-body.ts";
import { createResponseEvents } from "./response-events.ts";

/** POST /v1/responses, as one response or as a stream of events. */
export function createResponse(request: ResponsesRequest): FakeResponse {
  const items =
    typeof request.input === "string" ? [{ role: "user" as const, content: request.input }] : request.input;
  const completion = createCompletion({
    model: request.model,
    prompt: parsePrompt(items, request.instructions ?? ""),
    maxOutputTokens: request.max_output_tokens ?? null,
    effort: request.reasoning?.effort ?? null,
    sampling: (["temperature", "top_p"] as const).filter((name) => typeof request[name] === "number"),
    names: { effort: "reasoning.effort", limit: "max_output_tokens" },
  });
  const body = createResponseBody(request, completion);
  return request.stream === true ? createResponseEvents(body) : jsonResponse(body);
}
