import type { FastifyInstance } from "fastify";
import { acceptJson } from "../accept-json.ts";
import { registerIdentifiedSessions } from "../web/session/identified-sessions.ts";
import { registerVisitorRoutes } from "../web/visitor-routes.ts";
import { registerAccount, registerAccountActions, registerAccounts } from "./routes/accounts.ts";
import { registerContactActions, registerContacts } from "./routes/contacts.ts";
import { registerConversations, registerTurns } from "./routes/conversations.ts";
import { registerDeadLetters, registerDismissals, registerReplays } from "./routes/dead-letters.ts";
import { registerDeliveries, registerDeliveryRetries } from "./routes/deliveries.ts";
import {
  registerEventEndpoint,
  registerEventEndpointActions,
  registerEventEndpoints,
} from "./routes/event-endpoints.ts";
import { registerEventDeliveries, registerEvents } from "./routes/events.ts";
import { registerKeys, registerTenantKeys } from "./routes/keys.ts";
import { registerStatus } from "./routes/status.ts";
import { registerPauses, registerReplies, registerTakeover } from "./routes/takeover.ts";
import { registerOwnTenant, registerTenant, registerTenants } from "./routes/tenants.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

/** In the order of the documentation. */
const RESOURCES: readonly ((app: FastifyInstance, dependencies: V1Dependencies) => void)[] = [
  registerStatus,
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
  registerDismissals,
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
      for (const register of RESOURCES) register(scope, dependencies);
      registerVisitorRoutes(scope, dependencies.web);
    },
    { prefix: "/v1" },
  );
}

/** Each route's zod schemas parse its requests, and the compiler checks its responses. Fastify only documents them. */
function readJson(scope: FastifyInstance): void {
  acceptJson(scope);
  scope.setValidatorCompiler(() => () => true);
  scope.setSerializerCompiler(() => (value) => JSON.stringify(value));
}
