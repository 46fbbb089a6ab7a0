import type OpenAI from "openai";
import {
  createFilteredFailure,
  createNoCompletion,
  createUnusableCompletion,
  toFailedResponse,
} from "../model-failure.ts";
import { readEnd } from "./finish-reasons.ts";
import type { ReadCompletion } from "./read-response.ts";
import { readUsage } from "./read-usage.ts";
import { requireText } from "./require-text.ts";

type ChatCompletion = OpenAI.ChatCompletion;

/** Fields of servers that only imitate OpenAI's API: each may be missing or of another kind. */
interface LooseCompletion extends Partial<Pick<ChatCompletion, "usage" | "model">> {
  _request_id?: string | null;
  choices?: LooseChoice[];
  error?: { code?: unknown; type?: unknown } | string | null;
}
interface LooseChoice {
  finish_reason?: unknown;
  message?: { content?: unknown; refusal?: unknown };
  error?: { code?: unknown } | null;
}

/** The completion that a chat completion holds, or the failure that says what it holds instead. */
export function readChatCompletion(
  completion: ChatCompletion,
  { promptCharacters, maxTokens }: { promptCharacters: number; maxTokens: number },
): ReadCompletion {
  const { choices, usage, model, error, _request_id: requestId } = completion as LooseCompletion;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const failed = error ?? choice?.error;
  if (failed != null) throw toFailedResponse(readCode(failed));
  if (choice?.message == null) throw createNoCompletion("The body is no chat completion.");
  const raw = readContent(choice.message.content);
  const read = readUsage(
    {
      input: usage?.prompt_tokens,
      cached: usage?.prompt_tokens_details?.cached_tokens,
      output: usage?.completion_tokens,
      total: usage?.total_tokens,
    },
    { prompt: promptCharacters, completion: raw.length },
  );
  requireEnd(choice, { isLong: read.outputTokens >= maxTokens, isEmpty: raw.trim() === "" });
  return {
    text: requireText(raw),
    requestId: requestId ?? null,
    answeredBy: typeof model === "string" ? model : null,
    usage: read,
  };
}

/** A whole text is used, whatever its end is called. One of an unnamed end is whole if the limit did not end it. */
function requireEnd(
  { finish_reason: reason, message }: LooseChoice,
  { isLong, isEmpty }: { isLong: boolean; isEmpty: boolean },
): void {
  const end = readEnd(reason);
  if (end === "filtered" || (typeof message?.refusal === "string" && message.refusal !== ""))
    throw createFilteredFailure();
  if (end === "failed") throw toFailedResponse(String(reason));
  if (end === "cut" || end === "tool" || (end === "unnamed" && isLong))
    throw createUnusableCompletion(`The completion ended with ${String(reason)}.`);
  if (end === "unnamed" && isEmpty) throw createNoCompletion("The body is no chat completion.");
}

/** A text, or parts of which those with thinking are not for the contact. */
function readContent(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: unknown) => (isTextPart(part) ? part.text : "")).join("");
}

function isTextPart(part: unknown): part is { text: string } {
  if (typeof part !== "object" || part === null || !("text" in part)) return false;
  const type = "type" in part ? part.type : "text";
  return typeof part.text === "string" && (type === "text" || type === "output_text");
}

/** A gateway repeats the status of the vendor as the code. */
function readCode(error: string | { code?: unknown }): string | null {
  const code = typeof error === "string" ? error : error.code;
  return typeof code === "string" || typeof code === "number" ? String(code) : null;
}
