import type { ProtocolReader, Exchange } from "./protocol-reader.ts";
import { createFramer } from "../framer.ts";

/** The protocol of Redis. Commands may be pipelined; replies come in the same order. The label is the name of the command. */
export function openRedisReader(): ProtocolReader {
  const fromClient = createFramer((bytes) => valueEnd(bytes, 0));
  const fromServer = createFramer((bytes) => valueEnd(bytes, 0));
  const waiting: Exchange[] = [];
  return {
    readRequests(chunk) {
      const exchanges = fromClient(chunk).map((request) => ({ label: commandOf(request), request }));
      waiting.push(...exchanges);
      return exchanges;
    },
    readResponses: (chunk) =>
      fromServer(chunk).map((bytes) => {
        // A reply without a waiting command is a message to a subscriber.
        const exchange = waiting.shift() ?? null;
        return { bytes, exchange, ends: exchange !== null };
      }),
  };
}

const LINE = "+-:_#,(";
const BLOB = "$=!";

/** The end of the value that begins at `at`, or null while the value is incomplete. */
function valueEnd(bytes: Buffer, at: number): number | null {
  const line = bytes.indexOf("\r\n", at);
  if (line === -1) return null;
  const type = String.fromCharCode(bytes[at] ?? 0);
  if (LINE.includes(type)) return line + 2;
  const count = Number(bytes.toString("latin1", at + 1, line));
  if (BLOB.includes(type)) return count < 0 ? line + 2 : line + 2 + count + 2;
  return listEnd(bytes, line + 2, type === "%" ? 2 * count : count);
}

function listEnd(bytes: Buffer, from: number, values: number): number | null {
  let at = from;
  for (let i = 0; i < values; i++) {
    const end = at < bytes.length ? valueEnd(bytes, at) : null;
    if (end === null) return null;
    at = end;
  }
  return at;
}

/** "*2\r\n$3\r\nGET\r\n…" */
function commandOf(request: Buffer): string {
  return request.toString("latin1", 0, 100).split("\r\n")[2]?.toUpperCase() ?? "";
}
