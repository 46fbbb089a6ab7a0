import type { ProtocolReader, Exchange } from "./protocol-reader.ts";
import { createFramer } from "../framer.ts";

/**
 * PostgreSQL's protocol 3.0, without TLS and without pipelining. A request is a simple query (`Q`), or all messages before a `Sync` (`S`).
 * The response ends with `ReadyForQuery` (`Z`), and by then the request has been executed.
 *
 * Labels: "commit"; "in_transaction" for statements that a lost connection rolls back; "alone" for a statement that commits itself.
 */
export function openPostgresReader(): ProtocolReader {
  const fromClient = createFramer(lengthOf);
  const fromServer = createFramer(lengthOf);
  const statements = new Map<string, string>();
  const waiting: Exchange[] = [];
  let bound = "";
  let isIdle = true;
  /** The exchange that this frame of the client completes. */
  const request = (frame: Buffer): Exchange[] => {
    const type = typeOf(frame);
    if (type === "P") statements.set(wordAt(frame, 0), wordAt(frame, 1));
    if (type === "P") bound = wordAt(frame, 1);
    if (type === "B") bound = statements.get(wordAt(frame, 1)) ?? "";
    if (type !== "Q" && type !== "S") return [];
    const text = type === "Q" ? wordAt(frame, 0) : bound;
    return [{ label: labelOf(text, isIdle), request: Buffer.from(text) }];
  };
  return {
    readRequests(chunk) {
      const exchanges = fromClient(chunk).flatMap(request);
      waiting.push(...exchanges);
      return exchanges;
    },
    readResponses: (chunk) =>
      fromServer(chunk).map((bytes) => {
        const ends = typeOf(bytes) === "Z";
        if (ends) isIdle = String.fromCharCode(bytes[5] ?? 0) === "I";
        // The messages before the first query respond to no request.
        const exchange = (ends ? waiting.shift() : waiting[0]) ?? null;
        return { bytes, exchange, ends: ends && exchange !== null };
      }),
  };
}

/** A type byte and a length that includes itself. A start-up message has no type, and its length begins with a zero byte. */
function lengthOf(bytes: Buffer): number | null {
  const head = bytes[0] === 0 ? 0 : 1;
  return bytes.length < head + 4 ? null : head + bytes.readInt32BE(head);
}

function typeOf(frame: Buffer): string {
  return frame[0] === 0 ? "" : String.fromCharCode(frame[0] ?? 0);
}

/** The n-th zero-terminated string of the body of a frame. */
function wordAt(frame: Buffer, n: number): string {
  return frame.toString("utf8", 5).split("\0")[n] ?? "";
}

function labelOf(text: string, isIdle: boolean): string {
  if (/^\s*commit/i.test(text)) return "commit";
  return isIdle && !/^\s*(begin|start)/i.test(text) ? "alone" : "in_transaction";
}
