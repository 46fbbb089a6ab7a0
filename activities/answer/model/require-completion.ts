import type OpenAI from "openai";
import {
  createFilteredFailure,
  createNoCompletion,
  createUnusableCompletion,
  isFilterCode,
  toFailedResponse,
} from "./model-failure.ts";

type Response = OpenAI.Responses.Response;
type ChatMessage = OpenAI.ChatCompletionMessage;

/** A response of the Responses API that holds a whole completion, or the failure that says what it holds instead. */
export function requireCompleted<Given extends Response>(response: Given): Given {
  // The types promise these fields. A gateway's error page with status 200 lacks them.
  const { status, incomplete_details: details, error, output } = response as Partial<Response>;
  if (isFilterCode(details?.reason)) throw createFilteredFailure();
  if (status === "failed") throw toFailedResponse(error?.code ?? null);
  if (status === "incomplete")
    throw createUnusableCompletion(`The response is incomplete (${details?.reason ?? "no reason"}).`);
  if (status !== "completed" || !Array.isArray(output))
    throw createNoCompletion(`The body is no response (${status ?? "no status"}).`);
  if (output.some(isRefusal)) throw createFilteredFailure();
  return response;
}

function isRefusal(item: Response["output"][number]): boolean {
  return item.type === "message" && item.content?.some(({ type }) => type === "refusal");
}

/** The message of a chat completion that ended by itself. */
export function requireStopped(completion: OpenAI.ChatCompletion): ChatMessage {
  const [choice] = (completion as Partial<OpenAI.ChatCompletion>).choices ?? [];
  const { finish_reason: reason, message } = (choice ?? {}) as Partial<OpenAI.ChatCompletion.Choice>;
  if (isFilterCode(reason) || typeof message?.refusal === "string") throw createFilteredFailure();
  if (reason == null || message === undefined) throw createNoCompletion("The body is no chat completion.");
  if (reason !== "stop") throw createUnusableCompletion(`The completion ended with ${reason}.`);
  return message;
}
