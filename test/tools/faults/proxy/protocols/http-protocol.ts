import type { ProtocolReader, Exchange } from "./protocol-reader.ts";
import { createFramer } from "../framer.ts";

/** HTTP/1.1 without pipelining. A server responds when it has executed the request, so the first bytes of its response end the exchange. */
export function openHttpReader(): ProtocolReader {
  const fromClient = createFramer(requestEnd);
  let current: Exchange | null = null;
  return {
    readRequests(chunk) {
      const exchanges = fromClient(chunk).map((request) => ({ label: labelOf(request), request }));
      current = exchanges.at(-1) ?? current;
      return exchanges;
    },
    readResponses: (bytes) => [{ bytes, exchange: current, ends: current !== null }],
  };
}

/** "POST /v1/responses" */
function labelOf(request: Buffer): string {
  const [method = "", target = ""] = request.toString("latin1", 0, request.indexOf("\r\n")).split(" ");
  return `${method} ${target.split("?")[0]}`;
}

function requestEnd(bytes: Buffer): number | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const headers = bytes.toString("latin1", 0, end + 2);
  const start = end + 4;
  if (/\r\ntransfer-encoding:\s*chunked\r\n/i.test(headers)) return chunkedEnd(bytes, start);
  return start + Number(/\r\ncontent-length:\s*(\d+)\r\n/i.exec(headers)?.[1] ?? 0);
}

function chunkedEnd(bytes: Buffer, start: number): number | null {
  for (let at = start; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    at = line + 2 + size + 2;
    if (size === 0 || at > bytes.length) return at;
  }
}
