import type OpenAI from "openai";
import type { Effort } from "../families/model-families.ts";
import type { Adaptation } from "./adaptation.ts";

export interface Prompt {
  instructions: string;
  /** The conversation, oldest line first; the last one is the question. */
  lines: { role: "user" | "assistant"; text: string }[];
}

export interface RequestOptions {
  model: string;
  prompt: Prompt;
  effort: Effort | null;
  maxTokens: number;
  safetyIdentifier: string;
  adaptation: Adaptation;
}

type ResponsesBody = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type ChatBody = OpenAI.ChatCompletionCreateParamsNonStreaming;

export function createResponsesBody(options: RequestOptions): ResponsesBody {
  const { model, effort, maxTokens, safetyIdentifier } = options;
  const { without } = options.adaptation;
  const { instructions, lines } = shapePrompt(options);
  return {
    model,
    ...(instructions === null ? {} : { instructions }),
    input: lines.map(({ role, text }) => ({ role, content: text })),
    ...(without.has("max_output_tokens") ? {} : { max_output_tokens: maxTokens }),
    ...(without.has("store") ? {} : { store: false }),
    ...(without.has("safety_identifier") ? {} : { safety_identifier: safetyIdentifier }),
    ...(effort === null || without.has("reasoning") ? {} : { reasoning: { effort } }),
  };
}

export function createChatBody(options: RequestOptions): ChatBody {
  const { model, effort, safetyIdentifier } = options;
  const { without } = options.adaptation;
  const { instructions, lines } = shapePrompt(options);
  return {
    model,
    messages: [
      ...(instructions === null ? [] : [{ role: "system" as const, content: instructions }]),
      ...lines.map(({ role, text }) => ({ role, content: text })),
    ],
    ...limitChat(options),
    ...(without.has("safety_identifier") ? {} : { safety_identifier: safetyIdentifier }),
    ...(effort === null || without.has("reasoning_effort") ? {} : { reasoning_effort: effort }),
  };
}

/** Older servers know the older name. A server that knows neither has a limit of its own. */
function limitChat({ maxTokens, adaptation: { without } }: RequestOptions): Partial<ChatBody> {
  if (!without.has("max_completion_tokens")) return { max_completion_tokens: maxTokens };
  return without.has("max_tokens") ? {} : { max_tokens: maxTokens };
}

/** Without a system role the instructions come first in the first message. No text of a contact comes before them. */
function shapePrompt({ prompt, adaptation: { isAlternating, isWithoutSystem } }: RequestOptions): {
  instructions: string | null;
  lines: Prompt["lines"];
} {
  const { instructions, lines } = prompt;
  const all = isWithoutSystem ? [{ role: "user" as const, text: instructions }, ...lines] : lines;
  return {
    instructions: isWithoutSystem ? null : instructions,
    lines: isAlternating || isWithoutSystem ? joinSameRoles(all) : all,
  };
}

function joinSameRoles(lines: Prompt["lines"]): Prompt["lines"] {
  const joined: Prompt["lines"] = [];
  for (const { role, text } of lines) {
    const last = joined.at(-1);
    if (last?.role === role) last.text += `\n\n${text}`;
    else joined.push({ role, text });
  }
  return joined;
}
