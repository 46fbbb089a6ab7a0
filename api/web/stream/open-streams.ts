/** Why a stream ends; the page is told, and does the right thing next. */
export type StreamEnd = "expired" | "replaced" | "restart" | "gone";

export interface OpenStream {
  /** Lets it say why, and end. */
  end(reason: StreamEnd): void;
  /** For one whose reader does not read. */
  destroy(): void;
}

/** A browser has six connections to one server where it speaks HTTP/1.1, and messages need one too. */
const PER_VISITOR = 4;
/** About 30 kB each: a process that is full says so, instead of slowing down for everybody. */
const PER_PROCESS = 5_000;
const GRACE_MS = 1_000;
const POLL_MS = 20;

/**
 * The streams that this process has open. One too many ends the visitor's oldest one: a connection that died unseen must not
 * lock anybody out, and a page that nobody looks at comes back when somebody does.
 */
export function createOpenStreams({ perProcess = PER_PROCESS }: { perProcess?: number } = {}) {
  const byVisitor = new Map<string, OpenStream[]>();
  const all = () => [...byVisitor.values()].flat();
  /** Whoever does not read is not told either, and would keep a connection and its lines for as long as the session lasts. */
  const replace = (oldest: OpenStream) => {
    oldest.end("replaced");
    setTimeout(() => all().includes(oldest) && oldest.destroy(), GRACE_MS).unref();
  };
  return {
    isFull: () => all().length >= perProcess,
    /** Returns how to forget it. */
    add(visitor: string, stream: OpenStream): () => void {
      const open = byVisitor.get(visitor) ?? [];
      byVisitor.set(visitor, [...open, stream]);
      open.slice(0, Math.max(0, open.length + 1 - PER_VISITOR)).forEach(replace);
      return () => {
        const rest = (byVisitor.get(visitor) ?? []).filter((other) => other !== stream);
        if (rest.length === 0) byVisitor.delete(visitor);
        else byVisitor.set(visitor, rest);
      };
    },
    /** For the end of the process: pages are told to come back, and nobody is waited for who does not listen. */
    async endAll(): Promise<void> {
      all().forEach((stream) => stream.end("restart"));
      for (let waited = 0; byVisitor.size > 0 && waited < GRACE_MS; waited += POLL_MS)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      all().forEach((stream) => stream.destroy());
    },
  };
}

export type OpenStreams = ReturnType<typeof createOpenStreams>;
