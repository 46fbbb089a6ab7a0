import type { ReplyText } from "../../../db/delivery/reply-text.ts";
import type { Notation } from "../../channels/notation/notation.ts";
import { formatInstructions } from "../prompts/answer-prompt.ts";
import type { TurnContext } from "../retrieval/turn-context.ts";
import { createAllowedLinks } from "./links/allowed-links.ts";
import { renderReply } from "./render-reply.ts";
import { sanitiseReply } from "./sanitise-reply.ts";
import { screenReply } from "./screen-reply.ts";
import { unmaskReply } from "./unmask-reply.ts";

export interface ScreenTextInput {
  reply: string;
  context: TurnContext;
  knownSecrets: readonly string[];
  /** How the channel will write the reply. */
  notation: Notation;
}

export type ScreenedText = { verdict: "pass"; reply: ReplyText } | { verdict: "blocked"; reason: string };

/**
 * Checks a completion for leaks, and makes the reply that is sent: without Markdown and foreign links, and with the masked details. Both the
 * completion and the reply are judged: the signs of Markdown may hide what the contact would read.
 */
export function screenText({ reply, context, knownSecrets, notation }: ScreenTextInput): ScreenedText {
  const { canary, placeholders } = context;
  const secrets = { canary, systemPrompt: formatInstructions(context), knownSecrets, placeholders };
  const verdict = screenReply({ reply, ...secrets });
  if (verdict.verdict === "blocked") return verdict;
  const options = { links: createLinks(context), placeholders };
  const source = sanitiseReply(replaceLineTags(reply), options);
  const rendered = renderReply(source, notation, options);
  // A reply that consisted of a foreign link is empty now.
  const sent = rendered.text === reply ? verdict : screenReply({ reply: rendered.text, ...secrets });
  return sent.verdict === "blocked" ? sent : { verdict: "pass", reply: unmaskReply(rendered, placeholders) };
}

/** The other tags format or act. This one separates words. A line break would end the row of a table. */
function replaceLineTags(reply: string): string {
  return reply.replace(/^([ \t]*\|.*)$|<br\s{0,5}\/?>/gim, (found, row?: string) =>
    row === undefined ? "\n" : found.replace(/ ?<br\s{0,5}\/?> ?/gi, ", "),
  );
}

function createLinks({ passages, allowedLinks, phoneRegion }: TurnContext) {
  const texts = passages.flatMap(({ title, heading, text }) => [title, heading, text]);
  return createAllowedLinks({ passages: texts, listed: allowedLinks, phoneRegion });
}
