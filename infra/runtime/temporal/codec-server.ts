import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createDayKeys } from "../encryption/day-keys.ts";
import type { MasterKey } from "../encryption/keyring.ts";
import { explainListenFailure } from "../network/explain-listen-failure.ts";
import { isEqual } from "../signatures/is-equal.ts";
import { createPayloadCodec } from "./payload-codec.ts";

/** More than the payloads of one history, which is the most that the Temporal UI sends. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Only pages of this machine may call: the server returns the decrypted content of the histories. */
const LOCAL_ORIGIN = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/;

interface JsonPayload {
  metadata?: Record<string, string>;
  data?: string;
}

export interface CodecServerOptions {
  port: number;
  /** The first part of the path, because the Temporal UI cannot send a header of ours. Another process of the machine does not know it. */
  token: string;
  keys: readonly MasterKey[];
}

/**
 * Decrypts payloads for the Temporal UI on the operator's machine (`/{token}/decode` of Temporal's remote codec protocol). Listens on
 * loopback.
 */
export async function startCodecServer({ port, token, keys }: CodecServerOptions) {
  // The UI also asks for payloads that are not encrypted, such as summaries.
  const codec = createPayloadCodec({ keys: createDayKeys(keys), acceptPlain: true });
  const server = createServer((request, response) => {
    // Not logged: the page that sent the request shows the status.
    handleRequest({ codec, path: `/${token}/decode` }, request, response).catch(() =>
      response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(explainListenFailure(error, { host: "127.0.0.1", port, portSetting: "CODEC_SERVER_PORT" })),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handleRequest(
  { codec, path }: { codec: ReturnType<typeof createPayloadCodec>; path: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin = "" } = request.headers;
  if (origin !== "" && !LOCAL_ORIGIN.test(origin)) return void response.writeHead(403).end();
  response.setHeader("access-control-allow-origin", origin || "null");
  response.setHeader("access-control-allow-headers", "content-type,x-namespace,authorization");
  if (request.method === "OPTIONS") return void response.writeHead(204).end();
  const isRight = isEqual(Buffer.from(request.url ?? ""), Buffer.from(path));
  if (request.method !== "POST" || !isRight) return void response.writeHead(404).end();
  const { payloads } = JSON.parse(await readBody(request)) as { payloads: JsonPayload[] };
  const decoded = await codec.decode(payloads.map(fromJson));
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify({ payloads: decoded.map(toJson) }));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("The body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function fromJson({ metadata = {}, data = "" }: JsonPayload) {
  const entries = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, "base64")]);
  return {
    metadata: Object.fromEntries(entries) as Record<string, Uint8Array>,
    data: Buffer.from(data, "base64"),
  };
}

function toJson({
  metadata,
  data,
}: {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}): JsonPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  return {
    metadata: Object.fromEntries(entries) as Record<string, string>,
    data: Buffer.from(data ?? []).toString("base64"),
  };
}
