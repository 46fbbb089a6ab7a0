import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { joinModules } from "./join-modules.ts";
import { sendFile, toPage, toStaticFile } from "./static-file.ts";

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
  const page = toPage(html);
  const hidden = { schema: { hide: true } };
  app.get("/chat/widget.js", hidden, async (request, reply) => await sendFile(request, reply, widget));
  app.get("/chat", hidden, async (request, reply) => await sendFile(request, reply, page));
}
