import { z } from "zod";

const PART = z.looseObject({ type: z.string(), text: z.string().optional() });

/** A message of either API. Other items of a Responses input (calls and their results) have no role and are ignored. */
export const PROMPT_ITEM = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant"]).optional(),
  content: z.union([z.string(), z.array(PART)]).nullish(),
});

export type PromptItem = z.infer<typeof PROMPT_ITEM>;

export interface ParsedPrompt {
  /** The quoted passages: the user message with the delimiter that the instructions name. A contact does not know it. */
  documents: string;
  /** The contact's messages after the last reply, one per line. */
  question: string;
  /** All texts, to count tokens. */
  texts: string[];
}

const END_OF_PASSAGE = /<\/passage-[0-9a-f]{8,}>/;

export function parsePrompt(items: readonly PromptItem[], instructions = ""): ParsedPrompt {
  const messages = items.flatMap(({ role, content }) =>
    role === undefined ? [] : [{ role, text: textOf(content) }],
  );
  const rules = [instructions, ...messages.filter(isInstruction).map(({ text }) => text)].join("\n");
  const end = END_OF_PASSAGE.exec(rules)?.[0];
  const isQuoted = ({ text }: { text: string }) => end !== undefined && text.includes(end);
  const talk = messages.filter((message) => !isInstruction(message) && !isQuoted(message));
  const lastReply = talk.findLastIndex(({ role }) => role === "assistant");
  return {
    documents: messages
      .filter((message) => !isInstruction(message) && isQuoted(message))
      .map(({ text }) => text)
      .join("\n"),
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
