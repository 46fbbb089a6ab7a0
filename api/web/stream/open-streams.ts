/** Why a stream ends. The page receives the reason (except `gone`) and reacts to it. */
export type StreamEnd = "expired" | "replaced" | "restart" | "disabled" | "gone";

export interface OpenStream {
  /** Sends the reason and ends. */
  end(reason: StreamEnd): void;
  /** For a stream that is not read. */
  destroy(): void;
}

export interface StreamOwner {
  /** The conversation, which is the visitor's own. */
  visitor: string;
  network: string;
  accountId: string;
}

/** With HTTP/1.1 a browser opens six connections to one server, and messages need one too. */
const PER_VISITOR = 4;
/** An office with one public address. One caller must not take the places of all others. */
const PER_NETWORK = 100;
/** About 30 kB each. A full process rejects new streams instead of becoming slow for all of them. */
const PER_PROCESS = 5_000;
const GRACE_MS = 1_000;
const POLL_MS = 20;

/**
 * The open streams of this process. A visitor's fifth stream ends the oldest one: connections that died unnoticed must not lock the
 * visitor out, and a hidden page reconnects when it becomes visible.
 */
export function createOpenStreams({
  perProcess = PER_PROCESS,
  perNetwork = PER_NETWORK,
}: { perProcess?: number; perNetwork?: number } = {}) {
  const byVisitor = new Map<string, OpenStream[]>();
  const owners = new Map<OpenStream, StreamOwner>();
  const all = () => [...owners.keys()];
  /** A reader that does not read never sees the reason and would keep the connection until the session ends. */
  const replaceStream = (oldest: OpenStream) => {
    oldest.end("replaced");
    setTimeout(() => all().includes(oldest) && oldest.destroy(), GRACE_MS).unref();
  };
  return {
    isFull: () => owners.size >= perProcess,
    isNetworkFull: (network: string) =>
      owners.values().reduce((count, owner) => count + Number(owner.network === network), 0) >= perNetwork,
    /** Returns the function that removes it. */
    add(owner: StreamOwner, stream: OpenStream): () => void {
      const { visitor } = owner;
      owners.set(stream, owner);
      const open = byVisitor.get(visitor) ?? [];
      byVisitor.set(visitor, [...open, stream]);
      open.slice(0, Math.max(0, open.length + 1 - PER_VISITOR)).forEach(replaceStream);
      return () => {
        owners.delete(stream);
        const rest = (byVisitor.get(visitor) ?? []).filter((other) => other !== stream);
        if (rest.length === 0) byVisitor.delete(visitor);
        else byVisitor.set(visitor, rest);
      };
    },
    /** For accounts that were disabled. */
    endAccounts(isDisabled: (accountId: string) => boolean): void {
      for (const [stream, { accountId }] of owners) if (isDisabled(accountId)) stream.end("disabled");
    },
    /** For the end of the process: asks all pages to reconnect and waits a short time for them. */
    async endAll(): Promise<void> {
      all().forEach((stream) => stream.end("restart"));
      for (let waited = 0; byVisitor.size > 0 && waited < GRACE_MS; waited += POLL_MS)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      all().forEach((stream) => stream.destroy());
    },
  };
}

export type OpenStreams = ReturnType<typeof createOpenStreams>;
