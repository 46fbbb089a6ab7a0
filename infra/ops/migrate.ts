import { createHash } from "node:crypto";
import { Connection } from "@temporalio/client";
import proto from "@temporalio/proto";
import { configuredVectors } from "../../activities/retrieval/configured-vectors.ts";
import { upsertAccount, upsertTenant } from "../../db/accounts.ts";
import { addIndexVersion, type IndexVersion } from "../../db/index-versions.ts";
import { migrate } from "../../db/migrate.ts";
import { connectPostgres, type Database } from "../../db/postgres.ts";
import type { Config } from "../runtime/config.ts";
import { temporalConnectionOptions, temporalSettings } from "../runtime/temporal.ts";
import { configuredVault } from "../runtime/vault.ts";
import { configuredAccounts } from "./configured-accounts.ts";
import { SEARCH_ATTRIBUTES } from "../../workflows/names.ts";

/**
 * Makes everything that the servers expect: the schema, the tenant and channel accounts of the environment, the search
 * attributes, the vector index. Every step may run again.
 */
export async function migrateAll(config: Config, say: (line: string) => void): Promise<void> {
  await migrate(config.DATABASE_URL);
  say("PostgreSQL: schema is up to date");
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "parley-migrate",
    onError: () => undefined,
  });
  try {
    await seedAccounts(db, config);
    say(`Tenant "${config.PARLEY_TENANT}" and its channel accounts are in`);
    const version = configuredIndexVersion(config);
    await configuredVectors(config).ensureIndex(version);
    await addIndexVersion(db, version);
    say(`Pinecone: index ${version.pineconeIndex} is there`);
  } finally {
    await db.$client.end();
  }
  await ensureSearchAttributes(config);
  say("Temporal: search attributes are known");
}

/** One embedding space, named by what makes it. */
export function configuredIndexVersion(config: Config): IndexVersion {
  const { PARLEY_EMBEDDING_MODEL: embeddingModel, PARLEY_EMBEDDING_DIMENSIONS: dimensions } = config;
  const id = `${embeddingModel}@${dimensions}`;
  const short = createHash("sha256").update(id).digest("hex").slice(0, 8);
  return { id, embeddingModel, dimensions, pineconeIndex: `${config.PARLEY_PINECONE_INDEX}-${short}` };
}

async function seedAccounts(db: Database, config: Config): Promise<void> {
  const vault = configuredVault(config);
  await upsertTenant(db, {
    id: config.PARLEY_TENANT,
    businessName: config.PARLEY_BUSINESS_NAME,
    dailyBudgetUsd: config.PARLEY_DAILY_BUDGET_USD,
  });
  for (const account of configuredAccounts(config)) await upsertAccount(db, vault, account);
}

async function ensureSearchAttributes(config: Config): Promise<void> {
  const settings = temporalSettings(config);
  const connection = await Connection.connect({
    ...temporalConnectionOptions(settings),
    connectTimeout: 5_000,
  });
  try {
    const { namespace } = settings;
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter((name) => known.customAttributes[name] === undefined);
    if (missing.length === 0) return;
    const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } finally {
    await connection.close();
  }
}
