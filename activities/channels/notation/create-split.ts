import { type ReplyText, sliceReply } from "../../../db/delivery/reply-text.ts";
import type { OutboundChannel } from "../channel.ts";
import { type Notation, writeReply } from "./notation.ts";
import { splitRanges } from "../split-text.ts";

/**
 * How a channel writes and cuts replies. `fits` is asked about the text as it is sent, in the notation of the channel. A mark that is cut
 * goes on in the next part.
 */
export function createSplit(
  notation: Notation,
  fits: (text: string) => boolean,
): Pick<OutboundChannel, "notation" | "split"> {
  return {
    notation,
    split(reply: ReplyText) {
      const ranges = splitRanges(reply.text, ({ start, end }) =>
        fits(writeReply(notation, sliceReply(reply, start, end))),
      );
      return ranges.map(({ start, end }) => sliceReply(reply, start, end));
    },
  };
}
