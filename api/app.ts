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
import { isTransientDbError } from "../db/connection/postgres.ts";
import { registerHealth, type HealthDependencies } from "./health.ts";
import { Problem, PROBLEM_SCHEMA, formatProblem } from "./problem.ts";
import { API_DESCRIPTION, registerDocs, SECURITY_SCHEMES } from "./v1/docs.ts";
import { registerV1 } from "./v1/register-v1.ts";
import type { V1Dependencies } from "./v1/v1-dependencies.ts";
import { registerWebChat } from "./web/register-web-chat.ts";
import { registerWebhooks, type WebhookDependencies } from "./ingest/webhook-route.ts";

export interface AppDependencies extends WebhookDependencies, HealthDependencies {
  log: FastifyBaseLogger;
  bodyLimitBytes: number;
  /** Whose X-Forwarded-For is believed; limits per network count the visitor, not the proxy. */
  trustedProxies: string[];
  v1: V1Dependencies;
}

/** Slow senders do not hold a connection for ever; the slowest vendor gives us 15 s in all. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Answer before Slack's 3 s, whatever hangs behind us. */
const HANDLER_TIMEOUT_MS = 2_800;

/** A caller's own id goes into our logs and answers: letters and digits, and not many. */
function readRequestId(header: string | string[] | undefined): string | null {
  return typeof header === "string" && /^[\w.:-]{1,128}$/.test(header) ? header : null;
}

/** The HTTP edge: everything it needs is passed in, so a test builds it without a port. */
export async function buildApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: dependencies.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: dependencies.bodyLimitBytes,
    trustProxy: dependencies.trustedProxies.length > 0 && dependencies.trustedProxies,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    // What comes in on a connection that is open is answered; new ones are not taken while we close.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => readRequestId(headers["x-request-id"]) ?? randomUUID(),
    // The vendor's fields are checked by the channel, on the bytes that were signed.
    exposeHeadRoutes: false,
    // An account's id may be as long as that.
    routerOptions: { maxParamLength: 128 },
    // A path that cannot be read comes to no route and to no hook.
    frameworkErrors: (error, request, reply) => void sendProblem(toProblem(error), request, reply),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Parley", version: "0.1.0", description: API_DESCRIPTION },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json["$id"] === "string" ? json["$id"] : `schema-${i}`,
    },
  });
  app.addSchema(PROBLEM_SCHEMA);
  keepRawBodies(app);
  registerErrorHandlers(app);
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    // Whoever keeps connections is to open the next one elsewhere.
    if (dependencies.isDraining()) reply.header("connection", "close");
  });
  registerHealth(app, dependencies);
  registerWebhooks(app, dependencies);
  await registerV1(app, dependencies.v1);
  await registerWebChat(app, dependencies.v1.web);
  await registerDocs(app);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return app;
}

/** Signatures cover bytes: no parser may touch them first. */
function keepRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function registerErrorHandlers(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new Problem("not_found", `There is no ${request.method} ${request.url.split("?")[0]}.`);
  });
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, "request failed");
    if (problem.status === 503) void reply.header("retry-after", "5");
    if (problem.code === "unauthorized" || problem.code === "key_invalid")
      void reply.header("www-authenticate", 'Bearer realm="parley"');
    return await sendProblem(problem, request, reply);
  });
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.status)
    .header("x-request-id", request.id)
    .type("application/problem+json")
    .send(JSON.stringify(formatProblem(problem, request)));
}

/** What Fastify itself refuses, in our words; anything unknown is our fault and says nothing about its inside. */
function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new Problem(
      "body_too_large",
      "The body is over the limit of this server. Nothing of it was taken.",
    );
  }
  if (error.code === "FST_ERR_HANDLER_TIMEOUT")
    return new Problem("unavailable", "This could not be done in time. Please send it again.");
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return new Problem("unsupported_media_type", "Send the body as application/json.");
  if (isTransientDbError(error))
    return new Problem("unavailable", "A store does not answer right now. Please send the request again.");
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new Problem("bad_request", error.message);
  return new Problem("internal", "The request failed here. The request id finds it in the log.");
}
