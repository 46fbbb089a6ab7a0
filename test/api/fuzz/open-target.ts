import { randomBytes, randomUUID } from "node:crypto";
import { startApi } from "../../../api/server.ts";
import { upsertTenant } from "../../../db/tenants/seed.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { events } from "../../../db/schema/events.ts";
import { addAccount } from "../../../db/tenants/tenant-accounts.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { seedTenant } from "../v1/support/seed-tenant.ts";

export interface FuzzTarget {
  url: string;
  /** The credential of each security scheme. */
  tokens: Readonly<Record<string, string>>;
  /** Ids of existing rows, by the names of path parameters: with random ids every call would respond with 404. */
  ids: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const TENANT = "fuzzed";

/** The real API with a tenant and a very high rate limit. Its errors are logged to stderr, as in production. */
export async function openTarget(
  sandboxEnv: Record<string, string>,
  databaseUrl: string,
): Promise<FuzzTarget> {
  const adminToken = randomBytes(32).toString("base64url");
  const config = loadConfig({
    ...sandboxEnv,
    DATABASE_URL: databaseUrl,
    PARLEY_ADMIN_TOKEN: adminToken,
    PARLEY_API_RATE_PER_MINUTE: "1000000",
    PARLEY_API_RATE_BURST: "1000000",
    PARLEY_TASK_QUEUE: `fuzz_${randomBytes(4).toString("hex")}`,
    PORT: "0",
    LOG_LEVEL: "error",
  });
  const log = createLog({ level: config.LOG_LEVEL, name: "fuzz" });
  const api = await startApi({ config, log });
  const options = { maxConnections: 2, applicationName: "fuzz", onError: () => undefined };
  const db = connectPostgres({ url: databaseUrl, ...options });
  const vault = createConfiguredVault(config);
  const seeded = await seedTenant({ db, vault }, TENANT);
  return {
    url: api.url,
    tokens: {
      apiKey: seeded.key,
      adminToken,
      sessionToken: await openSession(api.url, seeded.key, await addWebChat(db, vault)),
    },
    ids: {
      tenant_id: TENANT,
      channel: seeded.channel,
      account_id: seeded.accountId,
      contact_id: seeded.contactId,
      conversation_id: seeded.conversationId,
      turn_id: seeded.turnId,
      delivery_id: seeded.deliveryId,
      event_id: await addEvent(db),
    },
    async close() {
      await api.stop();
      await db.$client.end();
    },
  };
}

async function addEvent(db: Database): Promise<string> {
  const id = randomUUID();
  const event = { id, tenantId: TENANT, type: "message.received", conversationId: null, data: {} };
  await db.insert(events).values(event);
  return id;
}

async function addWebChat(db: Database, vault: Vault): Promise<string> {
  await upsertTenant(db, { id: TENANT, businessName: TENANT, dailyBudgetUsd: 50 });
  const identity = { tenantId: TENANT, channel: "web", address: "web", externalId: null };
  const secrets = { inbound: [], outbound: [] };
  return (await addAccount(db, vault, { ...identity, secrets, settings: {} })).accountId;
}

async function openSession(url: string, key: string, account: string): Promise<string> {
  const response = await fetch(`${url}/v1/web/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ account, visitor_id: "fuzz" }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`No session could be opened: ${response.status}.`);
  return token;
}
