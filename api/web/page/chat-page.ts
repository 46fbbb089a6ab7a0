import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

interface StaticFile {
  bytes: Buffer;
  headers: Readonly<Record<string, string>>;
}

/** A page asks again after this long, and mostly hears that nothing has changed. */
const CACHE = "public, max-age=300";

/** `/chat/widget.js`, which pages embed, and `/chat`, a page that does so as a customer's would. */
export function registerChatPage(app: FastifyInstance): void {
  const widget = fileOf("widget.js", {
    "content-type": "text/javascript; charset=utf-8",
    // Pages of other sites load it; it says nothing about anybody.
    "cross-origin-resource-policy": "cross-origin",
  });
  const html = readFileSync(new URL("chat.html", import.meta.url), "utf8");
  const page = fileOf("chat.html", {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy(html),
    "referrer-policy": "no-referrer",
  });
  const hidden = { schema: { hide: true } };
  app.get("/chat/widget.js", hidden, async (request, reply) => await send(request, reply, widget));
  app.get("/chat", hidden, async (request, reply) => await send(request, reply, page));
}

function fileOf(name: string, headers: Record<string, string>): StaticFile {
  const bytes = readFileSync(new URL(name, import.meta.url));
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const common = { "cache-control": CACHE, "x-content-type-options": "nosniff", etag };
  return { bytes, headers: { ...common, ...headers } };
}

async function send(request: FastifyRequest, reply: FastifyReply, { bytes, headers }: StaticFile) {
  void reply.headers({ ...headers });
  if (request.headers["if-none-match"] === headers["etag"]) return await reply.code(304).send();
  return await reply.send(bytes);
}

/** Nothing from outside, and of inline styles the page's own. The widget's are no inline styles to a browser. */
function contentSecurityPolicy(html: string): string {
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
