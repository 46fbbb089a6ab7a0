export interface ServerEvent {
  name: string;
  /** 0 for an event without an id. */
  seq: number;
  data: unknown;
}

/** Parses one block of `text/event-stream`; null for a comment. */
export function parseEvent(block: string): ServerEvent | null {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const name = field("event");
  if (name === undefined) return null;
  return { name, seq: Number(field("id") ?? 0), data: JSON.parse(field("data") ?? "{}") as unknown };
}

/** Yields the events of a response body; `onData` is called for every piece of it, heartbeats included. */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onData: () => void,
): AsyncGenerator<ServerEvent, void, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onData();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== null) yield event;
    }
  }
}
