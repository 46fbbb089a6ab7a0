import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { CrossOrigin } from "./cross-origin.ts";
import type { CheckedSession, ConversationParams, SessionCheck } from "./session/session-check.ts";

/** Decides whether a request may use a route: the page's origin and the session token. */
export type VisitorGate = CrossOrigin & { check: SessionCheck };

export type VisitorRequest = FastifyRequest<{ Params: ConversationParams }>;

export interface VisitorRoute {
  method: "GET" | "POST";
  /** Below `/conversations/:conversation_id`. */
  path: string;
  schema: object;
  bodyLimit?: number;
  handlerTimeout?: number;
  handle(request: VisitorRequest, reply: FastifyReply, checked: CheckedSession): Promise<FastifyReply>;
}

/** Adds a route that needs a session token, and its preflight for browsers. */
export function addVisitorRoute(
  room: FastifyInstance,
  { allowOrigin, preflight, check }: VisitorGate,
  { method, path, handle, ...options }: VisitorRoute,
): void {
  const url = `/conversations/:conversation_id${path}`;
  room.options(url, { schema: { hide: true } }, preflight);
  room.route<{ Params: ConversationParams }>({
    method,
    url,
    ...options,
    onRequest: allowOrigin,
    handler: async (request, reply) => await handle(request, reply, await check(request)),
  });
}
