import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { sendFile, toPage } from "./static-file.ts";

const TEMPLATE = readFileSync(new URL("start.html", import.meta.url), "utf8");
/** Its place in the template. */
const TEMPORAL_UI = "<!-- temporal-ui -->";

/** `/`, with links to what a browser can open here. `temporalUiUrl`: where the operators of this installation have the Temporal UI. */
export function registerStartPage(app: FastifyInstance, temporalUiUrl: string | null): void {
  const link = temporalUiUrl === null ? "" : linkTo(temporalUiUrl);
  // A function, because a string would give "$&" in a URL a meaning.
  const page = toPage(TEMPLATE.replace(TEMPORAL_UI, () => link));
  app.get(
    "/",
    { exposeHeadRoute: true, schema: { hide: true } },
    async (request, reply) => await sendFile(request, reply, page),
  );
}

function linkTo(url: string): string {
  return `<dt><a href="${escapeAttribute(url)}">Temporal UI</a></dt>
        <dd>Each message is a workflow with its steps.</dd>`;
}

/** A URL without these signs is safe between quotes. The parser of the setting encodes the others. */
function escapeAttribute(url: string): string {
  return url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
