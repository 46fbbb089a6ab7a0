import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { joinModules } from "./join-modules.ts";

interface StaticFile {
  bytes: Buffer;
  headers: Readonly<Record<string, string>>;
}

/** After this time a browser asks again, usually with a 304 as the response. */
const CACHE = "public, max-age=300";
const WIDGET = new URL("../widget/main.ts", import.meta.url);
const WIDGET_HEADER = `/*
 * Parley's chat widget. Embed: <script src="https://chat.example.com/chat/widget.js" data-account="main" async></script>
 *
 * Attributes: data-account, data-title, data-lang (en, de), data-session-url (an address of your own backend that returns a session
 * of POST /v1/web/sessions, for visitors who are signed in). Colours: --parley-accent, --parley-on-accent on the page.
 */
`;

/** `/chat/widget.js`, which pages embed, and `/chat`, a page that embeds it like a customer's page. */
export function registerChatPage(app: FastifyInstance): void {
  const widget = toStaticFile(WIDGET_HEADER + joinModules(WIDGET), {
    "content-type": "text/javascript; charset=utf-8",
    // Pages of other sites load it, and it contains no personal data.
    "cross-origin-resource-policy": "cross-origin",
  });
  const html = readFileSync(new URL("chat.html", import.meta.url), "utf8");
  const page = toStaticFile(html, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": createContentSecurityPolicy(html),
    "referrer-policy": "no-referrer",
  });
  const hidden = { schema: { hide: true } };
  app.get("/chat/widget.js", hidden, async (request, reply) => await send(request, reply, widget));
  app.get("/chat", hidden, async (request, reply) => await send(request, reply, page));
}

function toStaticFile(text: string, headers: Record<string, string>): StaticFile {
  const bytes = Buffer.from(text);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const common = { "cache-control": CACHE, "x-content-type-options": "nosniff", etag };
  return { bytes, headers: { ...common, ...headers } };
}

async function send(request: FastifyRequest, reply: FastifyReply, { bytes, headers }: StaticFile) {
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
