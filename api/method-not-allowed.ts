import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.ts";

/**
 * Lets each known path respond to an unknown method with 405 and the methods that it accepts. Call it before the first route; call the
 * result after the last one.
 */
export function collectMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    known.set(url, new Set([...(known.get(url) ?? []), ...[method].flat()]));
  });
  return () => {
    // A copy, because the routes that are added here are collected too.
    const paths = [...known];
    for (const [url, methods] of paths) rejectOthers(app, url, methods);
  };
}

function rejectOthers(app: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const method = app.supportedMethods.filter((name) => !methods.has(name));
  if (method.length === 0) return;
  const allow = [...methods].join(", ");
  app.route({
    method,
    url,
    schema: { hide: true },
    onRequest: async (_request, reply) => {
      void reply.header("allow", allow);
      throw new Problem("method_not_allowed", `This path accepts ${allow}.`);
    },
    handler: async () => undefined,
  });
}
