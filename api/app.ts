import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { isStatementTimeout, isTransientDbError } from "../db/connection/postgres.ts";
import { isUnreadable } from "../db/connection/vault.ts";
import { classifyFault } from "../infra/runtime/faults/classify-fault.ts";
import { createIsTrustedProxy } from "../infra/runtime/network/trusted-proxies.ts";
import { registerHealth, type HealthDependencies } from "./health.ts";
import { collectMethods } from "./method-not-allowed.ts";
import { registerOddRequests, rejectUnparsed } from "./odd-requests.ts";
import { Problem, PROBLEM_SCHEMA, formatProblem, shortenPath } from "./problem.ts";
import { completeDocument } from "./openapi/complete-document.ts";
import { API_DESCRIPTION, LICENSE, registerDocs, SECURITY_SCHEMES } from "./v1/docs.ts";
import { registerV1 } from "./v1/register-v1.ts";
import type { V1Dependencies } from "./v1/v1-dependencies.ts";
import { registerStartPage } from "./web/page/start-page.ts";
import { registerWebChat } from "./web/register-web-chat.ts";
import { createRefusedWebhooks } from "./ingest/refused-webhooks.ts";
import { registerWebhooks, type WebhookDependencies } from "./ingest/webhook-route.ts";

export interface AppDependencies
  extends Omit<WebhookDependencies, "refusals">, Omit<HealthDependencies, "refusals"> {
  log: FastifyBaseLogger;
  bodyLimitBytes: number;
  /** Proxies that may set X-Forwarded-For, so that limits per network count the visitor and not the proxy. */
  trustedProxies: readonly string[];
  v1: V1Dependencies;
  /** Linked from the start page; null for no link. */
  temporalUiUrl: string | null;
}

/** A slow caller must not keep a connection for ever. Vendors wait up to 15 s for the whole exchange. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Slack waits 3 s for the response, also while a store hangs. */
const HANDLER_TIMEOUT_MS = 2_800;

/** The caller's own id goes into our logs and responses, so its characters and its length are limited. */
function readRequestId(header: string | string[] | undefined): string | null {
  return typeof header === "string" && /^[\w.:-]{1,128}$/.test(header) ? header : null;
}

/** The HTTP server without a port: a test can build it and inject requests. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: dependencies.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: dependencies.bodyLimitBytes,
    trustProxy: createIsTrustedProxy(dependencies.trustedProxies),
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    // While the server closes, requests on open connections are still served.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => readRequestId(headers["x-request-id"]) ?? randomUUID(),
    exposeHeadRoutes: false,
    // The longest account id.
    routerOptions: { maxParamLength: 128 },
    clientErrorHandler: rejectUnparsed,
    // `registerOddRequests` does it, with a reason.
    http: { requireHostHeader: false },
    // A malformed path reaches no route and no hook.
    frameworkErrors: (error, request, reply) => void sendProblem(toProblem(error), request, reply),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Parley", version: "0.1.0", description: API_DESCRIPTION, license: LICENSE },
      // Where the document is served.
      servers: [{ url: "/" }],
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transformObject: (document) =>
      completeDocument("openapiObject" in document ? document.openapiObject : document.swaggerObject),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json["$id"] === "string" ? json["$id"] : `schema-${i}`,
    },
  });
  app.addSchema(PROBLEM_SCHEMA);
  keepRawBodies(app);
  registerErrorHandlers(app, dependencies.reports);
  registerOddRequests(app);
  const rejectOtherMethods = collectMethods(app);
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    // Responses hold personal data, and once a new key: no cache of a browser or a proxy may keep them.
    if (request.url.startsWith("/v1") && !reply.hasHeader("cache-control"))
      reply.header("cache-control", "no-store");
    // The caller opens its next connection to another process.
    if (dependencies.isDraining()) reply.header("connection", "close");
  });
  const refusals = createRefusedWebhooks(dependencies);
  app.addHook("onClose", async () => refusals.stop());
  registerHealth(app, { ...dependencies, refusals });
  registerWebhooks(app, { ...dependencies, refusals });
  await registerV1(app, dependencies.v1);
  await registerWebChat(app, dependencies.v1.web);
  await registerDocs(app);
  registerStartPage(app, dependencies.temporalUiUrl);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  rejectOtherMethods();
  return app;
}

/** Signatures cover the raw bytes, so no parser may run first. */
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function registerErrorHandlers(app: FastifyInstance, reports: HealthDependencies["reports"]): void {
  app.setNotFoundHandler((request) => {
    throw new Problem("not_found", `There is no ${request.method} ${shortenPath(request.url)}.`);
  });
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = toProblem(error);
    const fault = problem.status >= 500 ? classifyFault(error) : null;
    if (fault !== null) reports.note(`ingress/${fault.service}`, fault);
    if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, "request failed");
    if (problem.code === "unauthorized" || problem.code === "key_invalid")
      void reply.header("www-authenticate", 'Bearer realm="parley"');
    return await sendProblem(problem, request, reply);
  });
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.retryAfterS !== null) void reply.header("retry-after", problem.retryAfterS);
  return (
    reply
      .code(problem.status)
      .header("x-request-id", request.id)
      // A malformed path reaches no hook.
      .header("cache-control", "no-store")
      .header("x-content-type-options", "nosniff")
      .type("application/problem+json")
      .send(JSON.stringify(formatProblem(problem, request)))
  );
}

/** Errors of Fastify as problems of this API. An unknown error is internal and reveals no details. */
function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new Problem(
      "body_too_large",
      "The body is over the size limit of this server. Nothing was stored.",
    );
  }
  if (error.code === "FST_ERR_BAD_URL" || error.code === "FST_ERR_MAX_PARAM_LENGTH")
    return new Problem(
      "bad_request",
      "The path is not valid: a % encodes nothing, or a part of it has more than 128 characters.",
    );
  if (error.code === "ECONNRESET")
    return new Problem(
      "bad_request",
      "The connection ended before the body was complete. Nothing was stored.",
    );
  if (error.code === "FST_ERR_HANDLER_TIMEOUT")
    return new Problem("unavailable", "The request took too long. Please send it again.");
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new Problem("unsupported_media_type", "Send the body as application/json.");
  if (isUnreadable(error))
    return new Problem("unreadable", "Its encryption key was destroyed, or this server does not have it.");
  if (isStatementTimeout(error))
    return new Problem(
      "unavailable",
      "A query took longer than its time limit. Ask for less, or send the request again.",
    );
  if (isTransientDbError(error))
    return new Problem("unavailable", "A store is unavailable. Please send the request again.");
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new Problem("bad_request", error.message);
  return new Problem(
    "internal",
    "The request failed on the server. The log has the cause under the request id.",
  );
}
