/** Which way bytes go: "up" to the server, "down" to the client. */
export type Direction = "up" | "down";

/** A fault on a connection. `lose_response` is decided by chance for each request, the others once for each connection. */
export type Toxic = { probability: number } & (
  | LostResponse
  /** The whole response waits in the proxy, and the responses after it on the connection too. */
  | { kind: "late_response"; delayMs: number; only?: (label: string) => boolean }
  /** Each chunk is delayed. */
  | { kind: "latency"; direction: Direction; delayMs: number; jitterMs: number }
  /** Chunks are cut into small pieces with pauses between them, as on a slow network. */
  | { kind: "slicer"; direction: Direction; pieceBytes: number; delayMs: number }
  /** The connection ends after this number of bytes. */
  | { kind: "limit_data"; direction: Direction; bytes: number }
  /** No bytes pass, and the connection ends after the delay. */
  | { kind: "timeout"; afterMs: number }
  /** The client gets a TCP reset once the connection has this age. */
  | { kind: "reset_peer"; afterMs: number }
  /** The port is closed, and all connections are cut. */
  | { kind: "down" }
);

/** The server carries the request out, and the client gets no response. */
export interface LostResponse {
  kind: "lose_response";
  /**
   * "answered": the whole response has reached the proxy. "forwarded": the server has the whole request and may still be working on it,
   * so a quick retry can run at the same time as the first attempt.
   */
  when: "answered" | "forwarded";
  /** "hanging": the connection stays open without data until the client times out or the fault is healed. */
  connectionLeft: "cut" | "hanging";
  /** The requests that it may hit, by label; absent: all of them. */
  only?: (label: string) => boolean;
}

export type ToxicKind = Toxic["kind"];

/** A fault that was applied. */
export interface FiredFault {
  kind: ToxicKind;
  at: number;
  /** The label of the request; null for faults that hit a connection. */
  label: string | null;
  request: Buffer | null;
  connectionLeft: LostResponse["connectionLeft"] | null;
}
