import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

export interface StaticFile {
  bytes: Buffer;
  headers: Readonly<Record<string, string>>;
}

/** After this time a browser asks again, usually with a 304 as the response. */
const CACHE = "public, max-age=300";

/** A page of our own, with one style element and no inline script. */
export function toPage(html: string): StaticFile {
  return toStaticFile(html, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": createContentSecurityPolicy(html),
    "referrer-policy": "no-referrer",
  });
}

export function toStaticFile(text: string, headers: Record<string, string>): StaticFile {
  const bytes = Buffer.from(text);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const common = { "cache-control": CACHE, "x-content-type-options": "nosniff", etag };
  return { bytes, headers: { ...common, ...headers } };
}

export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, headers }: StaticFile,
): Promise<FastifyReply> {
  void reply.headers({ ...headers });
  if (request.headers["if-none-match"] === headers["etag"]) return await reply.code(304).send();
  return await reply.send(bytes);
}

/** Allows nothing from other origins and no inline style except the page's own. The widget's style sheet is not inline. */
function createContentSecurityPolicy(html: string): string {
  const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const hash = createHash("sha256").update(style).digest("base64");
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'sha256-${hash}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
