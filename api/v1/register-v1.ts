import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";
import { registerAccountActions } from "./account-actions.ts";
import { registerAccounts } from "./accounts.ts";
import { registerContacts } from "./contacts.ts";
import { registerEventEndpointActions } from "./event-endpoint-actions.ts";
import { registerEventEndpoints } from "./event-endpoints.ts";
import { registerEvents } from "./events.ts";
import { registerConversations } from "./conversations.ts";
import { registerDeadLetters } from "./dead-letters.ts";
import { registerDeliveries } from "./deliveries.ts";
import { registerKeys } from "./keys.ts";
import { registerOwnTenant } from "./own-tenant.ts";
import { registerReplies } from "./replies.ts";
import { registerTakeover } from "./takeover.ts";
import { registerTenantKeys } from "./tenant-keys.ts";
import { registerTenants } from "./tenants.ts";
import { registerVisitorRoutes } from "../web/visitor-routes.ts";
import { registerVouchedSessions } from "../web/vouched-sessions.ts";
import { registerTurns } from "./turns.ts";
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
      registerVouchedSessions(room, dependencies);
      registerVisitorRoutes(room, dependencies.web);
      refuseOtherMethods(room, methods);
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
function refuseOtherMethods(room: FastifyInstance, known: ReadonlyMap<string, ReadonlySet<string>>): void {
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
