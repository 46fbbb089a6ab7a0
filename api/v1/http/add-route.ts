import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { withoutTransaction } from "../../operations/operation-context.ts";
import { OperationError } from "../../operations/operation-error.ts";
import { type Handle, respondOnce } from "./idempotency.ts";
import { type Access, type Caller, requireAccess } from "./authenticator.ts";
import { describeRoute } from "./describe-route.ts";
import { toProblem } from "./operation-problem.ts";
import { parseInput } from "../../parse-request.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";
import type { Fields, V1Route } from "./v1-route.ts";

/** Adds a route with its key check, rate limit, parsing, idempotency and documentation, in that order. */
export function addRoute<P extends Fields, Q extends Fields, B extends Fields, A extends z.ZodType>(
  app: FastifyInstance,
  dependencies: V1Dependencies,
  route: V1Route<P, Q, B, A>,
): void {
  app.route({
    method: route.method,
    url: route.path,
    schema: describeRoute(app, route as unknown as V1Route),
    // Before the body is read, so that a caller without a key costs little.
    onRequest: async (request, reply) => {
      request.setDecorator("caller", await authorizeCaller(dependencies, request, reply, route.access));
    },
    handler: async (request, reply) => {
      const caller = request.getDecorator<Caller>("caller");
      const input = {
        params: parseInput("path", route.params, request.params),
        query: parseInput("query", route.query, request.query),
        body: parseInput("body", route.body, request.body),
      };
      const runHandler: Handle = async (idempotencyKey, committing) => {
        const context = { ...dependencies, ...committing };
        const handled = route.handle({
          ...input,
          caller,
          tenantId: caller.tenantId,
          idempotencyKey,
          context,
        });
        const body = await handled.catch(rethrowAsProblem);
        return { status: route.response.status, body: JSON.stringify(body) };
      };
      if (route.method !== "POST")
        return await send(reply, await runHandler(null, withoutTransaction(dependencies.db)));
      const result = await respondOnce(dependencies, toIdempotentRequest(request, caller, route), runHandler);
      if (result.replayed) {
        const context = { ...dependencies, ...withoutTransaction(dependencies.db) };
        await route.beforeReplay?.({ params: input.params, context });
        void reply.header("idempotency-replayed", "true");
      }
      return await send(reply, result);
    },
  });
}

function rethrowAsProblem(error: unknown): never {
  throw error instanceof OperationError ? toProblem(error) : error;
}

async function authorizeCaller(
  { authenticator, requestRate }: V1Dependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
): Promise<Caller> {
  const caller = await authenticator.authenticate(request.headers.authorization, request.ip);
  const { fields, problem } = await requestRate.take(caller.keyId);
  void reply.headers({ ...fields });
  if (problem !== null) throw problem;
  requireAccess(caller, access);
  return caller;
}

function toIdempotentRequest(
  request: FastifyRequest,
  caller: Caller,
  { idempotencyKey, isRepeatable }: { idempotencyKey?: "required"; isRepeatable?: true },
) {
  const parts = [request.method, request.url, caller.keyId, request.body ?? null];
  return {
    tenantId: caller.tenantId,
    header: request.headers["idempotency-key"],
    required: idempotencyKey === "required",
    isRepeatable: isRepeatable === true,
    fingerprint: JSON.stringify(parts),
  };
}

async function send(reply: FastifyReply, { status, body }: { status: number; body: string }) {
  return await reply.code(status).type("application/json; charset=utf-8").send(body);
}
