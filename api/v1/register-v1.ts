import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";
import { registerAccountActions } from "./routes/account-actions.ts";
import { registerAccounts } from "./routes/accounts.ts";
import { registerContacts } from "./routes/contacts.ts";
import { registerEventEndpointActions } from "./routes/event-endpoint-actions.ts";
import { registerEventEndpoints } from "./routes/event-endpoints.ts";
import { registerEvents } from "./routes/events.ts";
import { registerConversations } from "./routes/conversations.ts";
import { registerDeadLetters } from "./routes/dead-letters.ts";
import { registerDeliveries } from "./routes/deliveries.ts";
import { registerKeys } from "./routes/keys.ts";
import { registerOwnTenant } from "./routes/own-tenant.ts";
import { registerReplies } from "./routes/replies.ts";
import { registerTakeover } from "./routes/takeover.ts";
import { registerTenantKeys } from "./routes/tenant-keys.ts";
import { registerTenants } from "./routes/tenants.ts";
import { registerVisitorRoutes } from "../web/visitor-routes.ts";
import { registerIdentifiedSessions } from "../web/session/identified-sessions.ts";
import { registerTurns } from "./routes/turns.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

/** The room of the REST API: JSON in, JSON out, one file per resource. */
export async function registerV1(app: FastifyInstance, dependencies: V1Dependencies): Promise<void> {
  await app.register(
    async (room) => {
      readJson(room);
      room.decorateRequest("caller", null);
      const methods = collectMethods(room);
      registerTenants(room, dependencies);
      registerTenantKeys(room, dependencies);
      registerOwnTenant(room, dependencies);
      registerKeys(room, dependencies);
      registerAccounts(room, dependencies);
      registerAccountActions(room, dependencies);
      registerContacts(room, dependencies);
      registerConversations(room, dependencies);
      registerTakeover(room, dependencies);
      registerReplies(room, dependencies);
      registerTurns(room, dependencies);
      registerDeliveries(room, dependencies);
      registerDeadLetters(room, dependencies);
      registerEventEndpoints(room, dependencies);
      registerEventEndpointActions(room, dependencies);
      registerEvents(room, dependencies);
      registerIdentifiedSessions(room, dependencies);
      registerVisitorRoutes(room, dependencies.web);
      registerMethodNotAllowed(room, methods);
    },
    { prefix: "/v1" },
  );
}

/** Requests are parsed by each route's own zod schemas, and answers are checked by the compiler: Fastify only documents them. */
function readJson(room: FastifyInstance): void {
  room.removeAllContentTypeParsers();
  const parse = room.getDefaultJsonParser("error", "error");
  room.addContentTypeParser("application/json", { parseAs: "string" }, (request, text: string, done) => {
    if (text === "") done(null, undefined);
    else void parse(request, text, done);
  });
  room.setValidatorCompiler(() => () => true);
  room.setSerializerCompiler(() => (value) => JSON.stringify(value));
}

function collectMethods(room: FastifyInstance): Map<string, Set<string>> {
  const methods = new Map<string, Set<string>>();
  room.addHook("onRoute", ({ url, method }) => {
    const path = url.slice(room.prefix.length);
    methods.set(path, new Set([...(methods.get(path) ?? []), ...[method].flat()]));
  });
  return methods;
}

/** An address that exists says which methods it takes. */
function registerMethodNotAllowed(
  room: FastifyInstance,
  known: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  // A copy: the routes that are added here are collected too.
  const paths = [...known];
  for (const [url, methods] of paths) {
    const method = room.supportedMethods.filter((name) => !methods.has(name));
    if (method.length === 0) continue;
    const allow = [...methods].join(", ");
    room.route({
      method,
      url,
      schema: { hide: true },
      onRequest: async (_request, reply) => {
        void reply.header("allow", allow);
        throw new Problem("method_not_allowed", `This address takes ${allow}.`);
      },
      handler: async () => undefined,
    });
  }
}
