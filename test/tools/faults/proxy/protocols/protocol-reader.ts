/** One request on a connection and its response. */
export interface Exchange {
  /** The kind of request in terms of its protocol: "commit", "POST /v1/responses", "EVALSHA". */
  label: string;
  /** The bytes of the request, so that a campaign can find the message it belongs to. */
  request: Buffer;
}

/** A piece of the bytes of a server, cut at the ends of its responses. */
export interface ResponseChunk {
  bytes: Buffer;
  /** The request that it responds to; null for bytes without a request: a greeting, a push, a ping. */
  exchange: Exchange | null;
  /** True when this piece proves that the server has carried out the request. */
  ends: boolean;
}

/** Parses the bytes of one connection, so that a fault can hit a request instead of a position in the stream. */
export interface ProtocolReader {
  /** Reads bytes of the client; returns the requests that this chunk completes. */
  readRequests(chunk: Buffer): Exchange[];
  /** Reads bytes of the server; returns them in whole frames and keeps an incomplete frame for the next chunk. */
  readResponses(chunk: Buffer): ResponseChunk[];
}

export type OpenProtocolReader = () => ProtocolReader;
