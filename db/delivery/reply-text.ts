/** How a range of a reply is shown. Positions are UTF-16 units of its text. */
export interface TextMark {
  kind: "bold" | "italic" | "strike" | "code" | "pre" | "quote";
  start: number;
  /** Exclusive. */
  end: number;
}

/** A reply without any notation. Each channel writes the marks in its own notation when it sends, or leaves them out. */
export interface ReplyText {
  text: string;
  /** In the order of their starts. One mark is inside another one or apart from it. */
  marks: readonly TextMark[];
}

/** Cannot be a part of a text: the API and the screen remove it. */
const SEPARATOR = "\0";

/** A text of our own or of an agent: it is sent as it was written. */
export function toReplyText(text: string): ReplyText {
  return { text, marks: [] };
}

/** The form that is stored: the text alone, or the text and its marks after the separator. */
export function encodeReplyText({ text, marks }: ReplyText): string {
  const plain = text.replaceAll(SEPARATOR, "");
  return marks.length === 0 ? plain : plain + SEPARATOR + JSON.stringify(marks);
}

export function decodeReplyText(stored: string): ReplyText {
  const at = stored.indexOf(SEPARATOR);
  if (at < 0) return toReplyText(stored);
  return { text: stored.slice(0, at), marks: JSON.parse(stored.slice(at + 1)) as TextMark[] };
}

/** The range from `start` to `end` with its part of the marks. */
export function sliceReply({ text, marks }: ReplyText, start: number, end: number): ReplyText {
  return {
    text: text.slice(start, end),
    marks: marks.flatMap((mark) => {
      const from = Math.max(mark.start, start);
      const to = Math.min(mark.end, end);
      return from < to ? [{ kind: mark.kind, start: from - start, end: to - start }] : [];
    }),
  };
}

/** One text of several, each on lines of its own. */
export function joinReplies(replies: readonly ReplyText[]): ReplyText {
  const marks: TextMark[] = [];
  let at = 0;
  for (const reply of replies) {
    marks.push(...reply.marks.map(({ kind, start, end }) => ({ kind, start: start + at, end: end + at })));
    at += reply.text.length + 1;
  }
  return { text: replies.map(({ text }) => text).join("\n"), marks };
}
