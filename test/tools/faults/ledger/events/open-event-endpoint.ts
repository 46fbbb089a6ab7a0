import { eq } from "drizzle-orm";
import { sealEndpointSecrets } from "../../../../../db/events/endpoint-secrets.ts";
import { createEventEndpoint } from "../../../../../db/events/event-endpoints.ts";
import { eventEndpoints } from "../../../../../db/schema/events.ts";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import { EVENT_HOOK } from "./read-events.ts";
import type { FaultSandbox } from "../../open-fault-sandbox.ts";

/** The tenant of the load gets an endpoint for all of its events, which the webhook sink can verify. */
export async function openEventEndpoint({ db, config, sandbox }: FaultSandbox): Promise<void> {
  const vault = createConfiguredVault(config);
  const tenantId = config.PARLEY_TENANT;
  const endpoint = await createEventEndpoint(db, vault, {
    tenantId,
    url: `${sandbox.urls.sink}/hooks/${EVENT_HOOK}`,
    types: [],
    includeText: false,
  });
  if (endpoint === null) throw new Error("The tenant of the load has too many endpoints.");
  const { id } = endpoint;
  const known = [{ secret: config.WEBHOOK_DELIVERY_SECRET ?? "", until: null }];
  const secrets = sealEndpointSecrets(vault, { id, tenantId }, known);
  await db.update(eventEndpoints).set({ secrets }).where(eq(eventEndpoints.id, id));
}
