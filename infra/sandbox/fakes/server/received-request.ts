import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** A request, read to its end. */
export interface ReceivedRequest {
  method: string;
  /** Decoded by nobody yet: segments stay percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Which of the vendor's hosts was meant, where one port serves several; else empty. */
  host: string;
  raw: Buffer;
  /** Parsed JSON or form fields; text where it is neither; undefined where there is nothing or it is broken JSON. */
  body: unknown;
}

/** The largest real request is an upsert of 1000 vectors, some 30 MB as JSON. */
const MAX_BYTES = 64 * 1024 * 1024;

export async function receiveRequest(message: IncomingMessage): Promise<ReceivedRequest> {
  const raw = await readBody(message);
  // Not `new URL(path, base)`: a path that begins with two slashes would be taken for a host.
  const [path = "/", search = ""] = (message.url ?? "/").split(/\?(.*)/s);
  return {
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    headers: message.headers,
    host: "",
    raw,
    body: parseBody(raw.toString("utf8"), message.headers["content-type"] ?? ""),
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`A request body may hold ${MAX_BYTES} bytes at most.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(text: string, contentType: string): unknown {
  if (text === "") return undefined;
  if (contentType.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return contentType.includes("json") ? undefined : text;
  }
}
