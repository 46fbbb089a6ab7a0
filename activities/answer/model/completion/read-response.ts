import type OpenAI from "openai";
import {
  createFilteredFailure,
  createNoCompletion,
  createUnusableCompletion,
  isFilterCode,
  toFailedResponse,
} from "../model-failure.ts";
import type { TokenUsage } from "../families/compute-cost.ts";
import { readUsage } from "./read-usage.ts";
import { requireText } from "./require-text.ts";

type Response = OpenAI.Responses.Response & { _request_id?: string | null };

export interface ReadCompletion {
  text: string;
  requestId: string | null;
  /** The name of the model in the response. */
  answeredBy: string | null;
  usage: TokenUsage;
}

/** The completion that a response of the Responses API holds, or the failure that says what it holds instead. */
export function readResponse(response: Response, promptCharacters: number): ReadCompletion {
  // The types promise these fields. A gateway's error page with status 200 lacks them.
  const { status, incomplete_details: details, error, output, usage, model } = response as Partial<Response>;
  if (isFilterCode(details?.reason)) throw createFilteredFailure();
  if (status === "failed" || (error != null && !Array.isArray(output)))
    throw toFailedResponse(error?.code ?? null);
  if (status === "incomplete")
    throw createUnusableCompletion(`The response is incomplete (${details?.reason ?? "no reason"}).`);
  if (!Array.isArray(output) || status === "queued" || status === "in_progress" || status === "cancelled")
    throw createNoCompletion(`The body is no response (${status ?? "no status"}).`);
  const text = joinAnswer(output);
  if (text === "" && status !== "completed")
    throw createNoCompletion(`The body is no response (${status ?? "no status"}).`);
  return {
    text: requireText(text),
    requestId: response._request_id ?? null,
    answeredBy: typeof model === "string" ? model : null,
    usage: readUsage(
      {
        input: usage?.input_tokens,
        cached: usage?.input_tokens_details?.cached_tokens,
        output: usage?.output_tokens,
        total: usage?.total_tokens,
      },
      { prompt: promptCharacters, completion: text.length },
    ),
  };
}

/** The messages to the contact, without the thinking, the calls of tools and the commentary before the answer. */
function joinAnswer(output: Response["output"]): string {
  const messages = output.filter((item) => item.type === "message");
  const content = messages
    .filter(({ phase }) => phase !== "commentary")
    .flatMap((message) => (message as Partial<typeof message>).content ?? []);
  if (content.some(({ type }) => type === "refusal")) throw createFilteredFailure();
  return content.map((part) => (part.type === "output_text" ? (part.text ?? "") : "")).join("");
}
