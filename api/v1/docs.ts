import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

export const API_DESCRIPTION = `Every path under \`/v1\` takes \`Authorization: Bearer <key>\`. A tenant's key reaches what is its tenant's and has its scopes;
anything else is a 404 or a 403. The installation's admin token makes tenants and their keys and reads nothing of theirs.

Lists are newest first unless they say otherwise: \`limit\` (1 to 100), \`cursor\` (the \`next_cursor\` of the page before, \`null\` on the last).
Every POST takes an \`Idempotency-Key\`: the first answer is given again for 24 h with \`Idempotency-Replayed: true\`. Errors are
\`application/problem+json\` with a stable \`code\` and, where fields are wrong, \`errors\`. \`RateLimit\` says how many requests a key has left.`;

export const SECURITY_SCHEMES = {
  apiKey: { type: "http", scheme: "bearer", description: "A tenant's API key, parley_…" },
  adminToken: { type: "http", scheme: "bearer", description: "PARLEY_ADMIN_TOKEN: tenants and their keys." },
  sessionToken: { type: "http", scheme: "bearer", description: "A visitor's session of web chat, pws1.…" },
} as const;

/** Nothing from outside: the page, its scripts, its styles and the document come from here. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/docs`, for people. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: "Parley API", css: [{ filename: "parley.css", content: ".topbar { display: none }" }] },
    uiConfig: { validatorUrl: null, persistAuthorization: false, tryItOutEnabled: true },
  });
}
