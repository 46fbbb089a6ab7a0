import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

export const API_DESCRIPTION = `Every path under \`/v1\` needs \`Authorization: Bearer <key>\`. A tenant's key can reach its tenant's data, as far as its scopes allow;
everything else is a 404 or a 403. The installation's admin token manages tenants and their keys, and cannot read their data.

A list is \`{ "data": [...], "next_cursor": ... }\`, newest first unless the route says otherwise. \`limit\` is 1 to 100; \`cursor\` is the \`next_cursor\` of
the page before, which is \`null\` on the last page. \`parley ... --json\` prints the same JSON. Every POST accepts an \`Idempotency-Key\`: the first response
is repeated for 24 h with \`Idempotency-Replayed: true\`. Errors are \`application/problem+json\` with a stable \`code\`, and with \`errors\` for
invalid fields. \`RateLimit\` shows how many requests a key has left.`;

export const LICENSE = { name: "Apache 2.0", identifier: "Apache-2.0" };

export const SECURITY_SCHEMES = {
  apiKey: { type: "http", scheme: "bearer", description: "A tenant's API key, parley_…" },
  adminToken: { type: "http", scheme: "bearer", description: "PARLEY_ADMIN_TOKEN: tenants and their keys." },
  webhookSignature: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description:
      "Standard Webhooks 1.0.0 over the raw bytes. A vendor's channel has the vendor's own signature.",
  },
  sessionToken: { type: "http", scheme: "bearer", description: "A visitor's session of web chat, pws1.…" },
} as const;

/** Nothing from outside: the page, its scripts, its styles and the document come from here. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The document as a page, at `/docs`. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: "Parley API", css: [{ filename: "parley.css", content: ".topbar { display: none }" }] },
    uiConfig: { validatorUrl: null, persistAuthorization: false, tryItOutEnabled: true },
  });
}
