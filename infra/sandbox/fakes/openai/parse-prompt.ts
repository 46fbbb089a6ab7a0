import { z } from "zod";

const PART = z.looseObject({ type: z.string(), text: z.string().optional() });

/** A message of either API. Other items of a Responses input (calls and their results) have no role and are ignored. */
export const PROMPT_ITEM = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant"]).optional(),
  content: z.union([z.string(), z.array(PART)]).nullish(),
});

export type PromptItem = z.infer<typeof PROMPT_ITEM>;

export interface ParsedPrompt {
  /** The system and developer messages. Only these contain passages. */
  instructions: string;
  /** The contact's messages after the last reply, one per line. */
  question: string;
  /** All texts, to count tokens. */
  texts: string[];
}

export function parsePrompt(items: readonly PromptItem[], instructions = ""): ParsedPrompt {
  const messages = items.flatMap(({ role, content }) =>
    role === undefined ? [] : [{ role, text: textOf(content) }],
  );
  const talk = messages.filter((message) => !isInstruction(message));
  const lastReply = talk.findLastIndex(({ role }) => role === "assistant");
  return {
    instructions: [instructions, ...messages.filter(isInstruction).map(({ text }) => text)].join("\n"),
    question: talk
      .slice(lastReply + 1)
      .map(({ text }) => text)
      .join("\n"),
    texts: [instructions, ...messages.map(({ text }) => text)],
  };
}

function isInstruction({ role }: { role: string }): boolean {
  return role === "system" || role === "developer";
}

function textOf(content: PromptItem["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }) => text).join("\n");
}
