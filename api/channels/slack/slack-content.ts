import { z } from "zod";
import type { InboundMedia, TextOrigin } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";
import { collectWords, formatPlaceholder, joinLines } from "../placeholder.ts";
import type { SlackMessage } from "./slack-envelope.ts";
import { slackMedia } from "./slack-media.ts";
import { slackText } from "./slack-text.ts";

export interface SlackContent {
  text: string;
  media: InboundMedia[];
  origin: TextOrigin;
}

const WORD = STORED_TEXT.nullish().catch(null);
const ATTACHMENT = z.looseObject({
  is_share: z.unknown().optional(),
  is_msg_unfurl: z.unknown().optional(),
  author_name: WORD,
  title: WORD,
  text: WORD,
  fallback: WORD,
  message_blocks: z.unknown().optional(),
});
/** Slack puts nested texts under `text`, and the address of a link without one under `url`. */
const BLOCK_WORDS = new Set(["text"]);

/** What a contact wrote, passed on or attached. Slack leaves the text of a forwarded message, and of some rich texts, empty. */
export function slackContent(
  { text, files, blocks, attachments }: SlackMessage,
  ownIds: ReadonlySet<string>,
): SlackContent {
  const media = (files ?? []).flatMap(slackMedia);
  const own = slackText(text ?? "", ownIds);
  const written = own.trim() === "" ? slackText(joinBlocks(blocks), ownIds) : own;
  const attached = (attachments ?? []).map((item) =>
    describe(item, { ownIds, isAlone: written.trim() === "" }),
  );
  const passedOn = joinLines(...attached);
  if (passedOn === "") return { text: written, media, origin: media.length === 0 ? "typed" : "caption" };
  // What others wrote is no wish of the contact.
  const origin = written.trim() === "" ? "placeholder" : "caption";
  return { text: joinLines(written, passedOn), media, origin };
}

function joinBlocks(blocks: unknown): string {
  return collectWords(blocks, BLOCK_WORDS).join(" ").replaceAll(/\s+/g, " ").trim();
}

/** Previews of links in the text hold nothing that the contact wrote. */
function describe(
  item: unknown,
  { ownIds, isAlone }: { ownIds: ReadonlySet<string>; isAlone: boolean },
): string {
  const attachment = ATTACHMENT.safeParse(item).data;
  if (attachment === undefined) return "";
  const { author_name: author, title, text, fallback, message_blocks: blocks } = attachment;
  const words = [text, joinBlocks(blocks), fallback].find(
    (each) => each !== null && each !== undefined && each !== "",
  );
  const isForward = attachment.is_share === true || attachment.is_msg_unfurl === true;
  if (isForward)
    return joinLines(formatPlaceholder("forwarded message", author), slackText(words ?? "", ownIds));
  return isAlone ? joinLines(formatPlaceholder("attachment", title), slackText(words ?? "", ownIds)) : "";
}
