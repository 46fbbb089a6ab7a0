import { formatInstructions } from "../prompts/answer-prompt.ts";
import type { TurnContext } from "../retrieval/turn-context.ts";
import { createAllowedLinks } from "./links/allowed-links.ts";
import { unmask } from "./mask-pii.ts";
import { sanitiseReply } from "./sanitise-reply.ts";
import { screenReply } from "./screen-reply.ts";

export interface ScreenTextInput {
  reply: string;
  context: TurnContext;
  knownSecrets: readonly string[];
}

export type ScreenedText = { verdict: "pass"; text: string } | { verdict: "blocked"; reason: string };

/** Checks a completion for leaks, and makes the text that is sent: without foreign links and with the masked details. */
export function screenText({ reply, context, knownSecrets }: ScreenTextInput): ScreenedText {
  const { canary, placeholders } = context;
  const systemPrompt = formatInstructions(context);
  const verdict = screenReply({ reply, canary, systemPrompt, knownSecrets, placeholders });
  if (verdict.verdict === "blocked") return verdict;
  const text = unmask(sanitiseReply(reply, { links: createLinks(context), placeholders }), placeholders);
  // A reply that consisted of a foreign link is empty now.
  return text === "" ? { verdict: "blocked", reason: "empty" } : { verdict: "pass", text };
}

function createLinks({ passages, allowedLinks, phoneRegion }: TurnContext) {
  const texts = passages.flatMap(({ title, heading, text }) => [title, heading, text]);
  return createAllowedLinks({ passages: texts, listed: allowedLinks, phoneRegion });
}
