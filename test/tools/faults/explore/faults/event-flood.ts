import { sql } from "drizzle-orm";
import { createEventEndpoint, disableEventEndpoint } from "../../../../../db/events/event-endpoints.ts";
import { upsertTenant } from "../../../../../db/tenants/seed.ts";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import type { RoundContext } from "../round-context.ts";
import { scriptFakes } from "./vendor-faults.ts";

const TENANT = "hot";
const EVENTS = 1_000;
/** Just below the time that an endpoint has for its response. */
const RESPONSE_MS = 14_000;

/** One tenant has many outgoing events and a slow endpoint. The contacts of the other tenant must not notice it. */
export async function floodEvents(context: RoundContext, forMs: number): Promise<number> {
  // Not while PostgreSQL is down.
  const id = await context.runAlone("postgres", async () => await openFlood(context.faultSandbox));
  const slow = { delay_ms: RESPONSE_MS };
  const hits = await scriptFakes(context, { fakes: ["sink"], path: "/hooks/hot-events", fault: slow, forMs });
  await context.runAlone("postgres", async () => {
    await disableEventEndpoint(context.faultSandbox.db, { tenantId: TENANT, id }, "operator");
  });
  return hits;
}

/** Returns the id of the endpoint. */
async function openFlood({ db, config, sandbox }: RoundContext["faultSandbox"]): Promise<string> {
  const dailyBudgetUsd = config.PARLEY_DAILY_BUDGET_USD;
  await upsertTenant(db, { id: TENANT, businessName: TENANT, dailyBudgetUsd });
  const endpoint = await createEventEndpoint(db, createConfiguredVault(config), {
    tenantId: TENANT,
    url: `${sandbox.urls.sink}/hooks/hot-events`,
    types: [],
    includeText: false,
  });
  if (endpoint === null) throw new Error("The tenant of the flood has too many endpoints.");
  await db.execute(sql`INSERT INTO events (id, tenant_id, type, data)
    SELECT gen_random_uuid(), ${TENANT}, 'conversation.taken_over', '{}' FROM generate_series(1, ${EVENTS})`);
  return endpoint.id;
}
