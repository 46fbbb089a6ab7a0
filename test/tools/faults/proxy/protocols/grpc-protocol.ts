import type { ProtocolReader, Exchange } from "./protocol-reader.ts";
import { createFramer } from "../framer.ts";

/**
 * gRPC over HTTP/2 without TLS, as far as unary calls need: a request ends with END_STREAM from the client, its response with END_STREAM
 * from the server. Headers are not decompressed, so the name of the call is unknown; the label is "call".
 */
export function openGrpcReader(): ProtocolReader {
  const fromClient = createFramer(lengthOf);
  const fromServer = createFramer(lengthOf);
  const waiting = new Map<number, Exchange>();
  /** The request that this frame completes. */
  const request = (frame: Buffer): Exchange[] => {
    if (isPreface(frame) || !endsStream(frame)) return [];
    const exchange = { label: "call", request: frame };
    waiting.set(streamOf(frame), exchange);
    return [exchange];
  };
  return {
    readRequests: (chunk) => fromClient(chunk).flatMap(request),
    readResponses: (chunk) =>
      fromServer(chunk).map((bytes) => {
        const stream = streamOf(bytes);
        const exchange = isMessage(bytes) ? (waiting.get(stream) ?? null) : null;
        const ends = exchange !== null && endsStream(bytes);
        if (ends) waiting.delete(stream);
        return { bytes, exchange, ends };
      }),
  };
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEAD = 9;
const DATA = 0;
const HEADERS = 1;
const END_STREAM = 0x1;

function lengthOf(bytes: Buffer): number | null {
  if (isPreface(bytes)) return PREFACE.length;
  return bytes.length < FRAME_HEAD ? null : FRAME_HEAD + bytes.readUIntBE(0, 3);
}

/** No frame begins with these bytes: it would be 5 MB long, and HTTP/2 allows 16 kB unless a peer raises the limit. */
function isPreface(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 3) === PREFACE.slice(0, 3);
}

function isMessage(frame: Buffer): boolean {
  return frame[3] === DATA || frame[3] === HEADERS;
}

function endsStream(frame: Buffer): boolean {
  return isMessage(frame) && ((frame[4] ?? 0) & END_STREAM) !== 0;
}

function streamOf(frame: Buffer): number {
  return isPreface(frame) ? 0 : frame.readUInt32BE(5) & 0x7f_ff_ff_ff;
}
