import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import { writeReply } from "../../../activities/channels/notation/notation.ts";
import { toReplyText } from "../../../db/delivery/reply-text.ts";

/** The parts of a text as the channel sends them. */
export function splitTexts(
  { notation, split }: Pick<OutboundChannel, "notation" | "split">,
  text: string,
): string[] {
  return split(toReplyText(text)).map((part) => writeReply(notation, part));
}
