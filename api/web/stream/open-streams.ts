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

export type StreamsFull = "process_full" | "network_full";

interface Place {
  owner: StreamOwner;
  /** Null until it is open: the route reads Postgres first. */
  stream: OpenStream | null;
  /** Why the stream ends as soon as it is open. */
  end: StreamEnd | null;
}

/**
 * The open streams of this process. A stream reserves its place before the route waits for anything, so streams that open at the same time
 * cannot pass a limit together. A visitor's fifth stream ends the oldest one: connections that died unnoticed must not lock the visitor
 * out, and a hidden page reconnects when it becomes visible.
 */
export function createOpenStreams({
  perProcess = PER_PROCESS,
  perNetwork = PER_NETWORK,
}: { perProcess?: number; perNetwork?: number } = {}) {
  /** In the order of their reservation. */
  const places = new Set<Place>();
  const countOfNetwork = (network: string) =>
    places.values().reduce((count, { owner }) => count + Number(owner.network === network), 0);

  function endPlace(place: Place, reason: StreamEnd): void {
    place.end = reason;
    place.stream?.end(reason);
  }

  /** A reader that does not read never sees the reason and would keep the connection until the session ends. */
  function replaceStream(oldest: Place): void {
    endPlace(oldest, "replaced");
    setTimeout(() => places.has(oldest) && oldest.stream?.destroy(), GRACE_MS).unref();
  }

  return {
    /** A place, or the limit that is reached. Call `release` when the stream is closed, and where it does not open. */
    reserve(owner: StreamOwner): StreamPlace | StreamsFull {
      if (places.size >= perProcess) return "process_full";
      if (countOfNetwork(owner.network) >= perNetwork) return "network_full";
      const place: Place = { owner, stream: null, end: null };
      places.add(place);
      return {
        open(stream) {
          place.stream = stream;
          if (place.end !== null) stream.end(place.end);
          const own = [...places].filter((other) => other.owner.visitor === owner.visitor);
          own.slice(0, Math.max(0, own.length - PER_VISITOR)).forEach(replaceStream);
        },
        release: () => void places.delete(place),
      };
    },
    /** For accounts that were disabled. */
    endAccounts(isDisabled: (accountId: string) => boolean): void {
      for (const place of places) if (isDisabled(place.owner.accountId)) endPlace(place, "disabled");
    },
    /** For the end of the process: asks all pages to reconnect and waits a short time for them. */
    async endAll(): Promise<void> {
      for (const place of places) endPlace(place, "restart");
      for (let waited = 0; places.size > 0 && waited < GRACE_MS; waited += POLL_MS)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      for (const { stream } of places) stream?.destroy();
    },
  };
}

export interface StreamPlace {
  open(stream: OpenStream): void;
  release(): void;
}

export type OpenStreams = ReturnType<typeof createOpenStreams>;
