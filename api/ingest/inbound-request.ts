import type { FastifyRequest } from "fastify";
import type { InboundRequest } from "../channels/channel.ts";

/** The request as a channel verifies and parses it: the public URL, all headers and the unchanged bytes. */
export function toInboundRequest(request: FastifyRequest, publicBaseUrl: string): InboundRequest {
  return {
    url: publicBaseUrl.replace(/\/$/, "") + request.url,
    headers: groupHeaders(request.raw.rawHeaders),
    rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    receivedAt: new Date(),
  };
}

/** Node joins or drops headers that are sent twice. A channel must see a repeated signature to reject it. */
function groupHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const value = raw[i + 1] ?? "";
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return headers;
}
