import { inject } from "vitest";
import { emitEvent, relayEvents } from "../../db/events/outgoing-events.ts";
import { createEventEndpoint } from "../../db/events/event-endpoints.ts";
import { finishTurn } from "../../db/turns/finish-turn.ts";
import { seedTenant } from "../api/v1/support/seed-tenant.ts";
import { startTestApi } from "../api/v1/support/start-test-api.ts";
import { openTerminal } from "../infra/cli/open-terminal.ts";

const URL = "https://crm.example.com/parley";

/** One installation with a REST API and a terminal, and a tenant that has a row of every kind. */
export async function openContract() {
  const api = await startTestApi();
  const terminal = openTerminal({
    ...inject("sandboxEnv"),
    DATABASE_URL: api.config.DATABASE_URL,
    PARLEY_TASK_QUEUE: api.config.PARLEY_TASK_QUEUE,
    PUBLIC_BASE_URL: api.config.PUBLIC_BASE_URL,
  });
  const tenant = await seedDeadTenant(api, "acme");
  const other = await seedDeadTenant(api, "beta");
  const endpoint = { tenantId: "acme", url: URL, types: [], includeText: false };
  const endpointId = (await createEventEndpoint(api.db, api.vault, endpoint))?.id ?? "";
  const conversationId = tenant.conversationId;
  await emitEvent(api.db, { tenantId: "acme", conversationId, type: "conversation.resumed", data: {} });
  await relayEvents(api.db, 10);
  const rest = async (route: string, body?: object, key = tenant.key): Promise<unknown> => {
    const headers = { "idempotency-key": `"${crypto.randomUUID()}"` };
    const response = await api.call(route, { key, headers, ...(body === undefined ? {} : { body }) });
    return response.body;
  };
  const cli = async (...args: string[]): Promise<unknown> =>
    (await terminal.parley(...args, "--tenant", "acme", "--json")).json;
  const close = async () => await api.close();
  return { api, terminal, tenant, other, endpointId, rest, cli, close };
}

export type Contract = Awaited<ReturnType<typeof openContract>>;

/** The response for its reply was lost, so its turn is a dead letter. */
async function seedDeadTenant(api: Awaited<ReturnType<typeof startTestApi>>, tenantId: string) {
  const tenant = await seedTenant(api, tenantId);
  const end = { turnId: tenant.turnId, outcome: "answered", reason: "unknown:response_lost" } as const;
  await finishTurn(api.db, end);
  return tenant;
}
