/** One request on a connection, seen to its end. */
export interface Exchange {
  /** What was asked, in the words of its protocol: "commit", "POST /v1/responses", "EVALSHA". */
  label: string;
  /** The request's bytes, for whoever wants to know whose it was. */
  request: Buffer;
}

/** A piece of what a server says, cut at the borders of its answers. */
export interface ResponseChunk {
  bytes: Buffer;
  /** Which request it answers; null for what nobody asked: a greeting, a push, a ping. */
  exchange: Exchange | null;
  /** With this piece the server has said enough for us to know that it did what was asked. */
  ends: boolean;
}

/** Reads along on one connection, so that a fault can be about a request and not about bytes. */
export interface ProtocolReader {
  /** Hears the client; gives the requests that are complete now. */
  readRequests(chunk: Buffer): Exchange[];
  /** Hears the server; gives back all of its bytes, in whole frames: an unfinished one waits for its rest. */
  readResponses(chunk: Buffer): ResponseChunk[];
}

export type OpenProtocolReader = () => ProtocolReader;
