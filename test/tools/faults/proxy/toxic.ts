/** Which way bytes go: "up" to the server, "down" to the client. */
export type Direction = "up" | "down";

/** What goes wrong on the way. Those about requests throw the dice for each request, the others once for each connection. */
export type Toxic = { probability: number } & (
  | LostResponse
  /** Each piece of bytes waits. */
  | { kind: "latency"; direction: Direction; delayMs: number; jitterMs: number }
  /** Bytes come in small pieces with pauses between them: also what a narrow line is like. */
  | { kind: "slicer"; direction: Direction; pieceBytes: number; delayMs: number }
  /** The connection ends after so many bytes. */
  | { kind: "limit_data"; direction: Direction; bytes: number }
  /** No byte passes any more, and after a while the connection ends. */
  | { kind: "timeout"; afterMs: number }
  /** The client gets a reset once the connection has been used for so long. */
  | { kind: "reset_peer"; afterMs: number }
  /** Nobody listens, and whoever was connected is cut off. */
  | { kind: "down" }
);

/** The server does what it was asked, and the caller never hears so. */
export interface LostResponse {
  kind: "lose_response";
  /**
   * "answered": the whole answer came back as far as here. "forwarded": the request has left in full and is perhaps still being worked on,
   * so that a quick retry meets its first self.
   */
  when: "answered" | "forwarded";
  /** The connection is cut, or it stands and is silent until the client gives up or the fault is healed. */
  connectionLeft: "cut" | "hanging";
  /** Which requests it may hit, by label; absent: all of them. */
  only?: (label: string) => boolean;
}

export type ToxicKind = Toxic["kind"];

/** One fault that really happened. */
export interface FiredFault {
  kind: ToxicKind;
  at: number;
  /** The request that was hit, where it is a fault about one. */
  label: string | null;
  request: Buffer | null;
  connectionLeft: LostResponse["connectionLeft"] | null;
}
