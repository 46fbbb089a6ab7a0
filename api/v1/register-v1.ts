import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";
import { registerIdentifiedSessions } from "../web/session/identified-sessions.ts";
import { registerVisitorRoutes } from "../web/visitor-routes.ts";
import { registerAccount, registerAccountActions, registerAccounts } from "./routes/accounts.ts";
import { registerContactActions, registerContacts } from "./routes/contacts.ts";
import { registerConversations, registerTurns } from "./routes/conversations.ts";
import { registerDeadLetters, registerReplays } from "./routes/dead-letters.ts";
import { registerDeliveries, registerDeliveryRetries } from "./routes/deliveries.ts";
import {
  registerEventEndpoint,
  registerEventEndpointActions,
  registerEventEndpoints,
} from "./routes/event-endpoints.ts";
import { registerEventDeliveries, registerEvents } from "./routes/events.ts";
import { registerKeys, registerTenantKeys } from "./routes/keys.ts";
import { registerPauses, registerReplies, registerTakeover } from "./routes/takeover.ts";
import { registerOwnTenant, registerTenant, registerTenants } from "./routes/tenants.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

/** In the order of the documentation. */
const RESOURCES: readonly ((app: FastifyInstance, dependencies: V1Dependencies) => void)[] = [
  registerTenants,
  registerTenant,
  registerTenantKeys,
  registerOwnTenant,
  registerKeys,
  registerAccounts,
  registerAccount,
  registerAccountActions,
  registerContacts,
  registerContactActions,
  registerConversations,
  registerTakeover,
  registerPauses,
  registerReplies,
  registerTurns,
  registerDeliveries,
  registerDeliveryRetries,
  registerDeadLetters,
  registerReplays,
  registerEventEndpoints,
  registerEventEndpoint,
  registerEventEndpointActions,
  registerEvents,
  registerEventDeliveries,
  registerIdentifiedSessions,
];

/** The REST API: JSON requests, JSON responses, one file per resource. */
export async function registerV1(app: FastifyInstance, dependencies: V1Dependencies): Promise<void> {
  await app.register(
    async (scope) => {
      readJson(scope);
      scope.decorateRequest("caller", null);
      const methods = collectMethods(scope);
      for (const register of RESOURCES) register(scope, dependencies);
      registerVisitorRoutes(scope, dependencies.web);
      registerMethodNotAllowed(scope, methods);
    },
    { prefix: "/v1" },
  );
}

/** Each route's zod schemas parse its requests, and the compiler checks its responses. Fastify only documents them. */
function readJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser("error", "error");
  scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, text: string, done) => {
    if (text === "") done(null, undefined);
    else void parse(request, text, done);
  });
  scope.setValidatorCompiler(() => () => true);
  scope.setSerializerCompiler(() => (value) => JSON.stringify(value));
}

function collectMethods(scope: FastifyInstance): Map<string, Set<string>> {
  const methods = new Map<string, Set<string>>();
  scope.addHook("onRoute", ({ url, method }) => {
    const path = url.slice(scope.prefix.length);
    methods.set(path, new Set([...(methods.get(path) ?? []), ...[method].flat()]));
  });
  return methods;
}

/** A known path responds to an unknown method with 405 and the methods that it accepts. */
function registerMethodNotAllowed(
  scope: FastifyInstance,
  known: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  // A copy, because the routes that are added here are collected too.
  const paths = [...known];
  for (const [url, methods] of paths) {
    const method = scope.supportedMethods.filter((name) => !methods.has(name));
    if (method.length === 0) continue;
    const allow = [...methods].join(", ");
    scope.route({
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
}
