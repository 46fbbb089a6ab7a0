import { type ReplyText, toReplyText } from "../../../db/delivery/reply-text.ts";
import { type Notation, writeReply } from "../../channels/notation/notation.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import { sanitiseReply, type SanitiseOptions } from "./sanitise-reply.ts";

/** A text that still changes after so many rounds is an attack, and nothing of it is kept. */
const MAX_ROUNDS = 3;

/**
 * The reply that a channel sends, from Markdown that is sanitised. A sign of Markdown may have kept a link or a tag apart, and a notation may
 * put one together. So the text is judged again as the channel writes it. Where it is not clean, the marks are left out, and then
 * what makes it unclean.
 */
export function renderReply(source: string, notation: Notation, options: SanitiseOptions): ReplyText {
  // Most replies have no Markdown and are the same in all forms. Each search for links takes milliseconds.
  const clean = new Set([source]);
  const isClean = (text: string) => clean.has(text) || sanitiseReply(text, options) === text;
  const rendered = renderMarkdown(source);
  if (isClean(rendered.text)) {
    clean.add(rendered.text);
    if (isClean(writeReply(notation, rendered))) return rendered;
  }
  let { text } = rendered;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    text = sanitiseReply(text, options);
    const written = writeReply(notation, toReplyText(text));
    if (isClean(written)) return toReplyText(text);
    text = written;
  }
  return toReplyText("");
}
