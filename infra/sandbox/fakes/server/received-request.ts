import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** A request with its whole body. */
export interface ReceivedRequest {
  method: string;
  /** Not decoded: segments are percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The vendor's host that was addressed, if one port serves several hosts; else empty. */
  host: string;
  raw: Buffer;
  /** Parsed JSON or form fields, else the text. Undefined for an empty body and for invalid JSON. */
  body: unknown;
}

/** The largest real request is an upsert of 1000 vectors, some 30 MB as JSON. */
const MAX_BYTES = 64 * 1024 * 1024;

export async function receiveRequest(message: IncomingMessage): Promise<ReceivedRequest> {
  const raw = await readBody(message);
  // `new URL(path, base)` would read a path with two leading slashes as a host.
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
    if (bytes > MAX_BYTES) throw new Error(`A request body may have at most ${MAX_BYTES} bytes.`);
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
